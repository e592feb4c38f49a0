// npm leaves the optional packages of other platforms out of package-lock.json when the registry in use does not offer
// them, and `npm ci` then refuses the file everywhere. This adds them by name and exact version, as their parents ask for
// them; npm fills in nothing and skips them on platforms that do not match. With --check it only tells.
import { readFileSync, writeFileSync } from 'node:fs';
import { Failure, runMain, say } from './support/failure.mjs';
import { fromRoot } from './support/paths.mjs';

const FILE = fromRoot('package-lock.json');
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x'];

await runMain(() => {
  const lock = JSON.parse(readFileSync(FILE, 'utf8'));
  const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
    listMissing(lock.packages, path, entry),
  );
  if (missing.length === 0) return;
  if (process.argv.includes('--check')) {
    const names = missing.map(({ name, version }) => `  ${name}@${version}`).join('\n');
    throw new Failure(
      `package-lock.json lacks optional packages; run \`node scripts/complete-lock.mjs\`:\n${names}`,
    );
  }
  for (const { name, version, parent } of missing)
    lock.packages[`node_modules/${name}`] = createEntry(name, version, parent);
  const { '': root, ...packages } = lock.packages;
  lock.packages = {
    '': root,
    ...Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  say(`Added ${missing.length} optional packages to package-lock.json.`);
});

function listMissing(packages, path, parent) {
  return Object.entries(parent.optionalDependencies ?? {})
    .filter(
      ([name, version]) => /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) && !isPresent(packages, path, name),
    )
    .map(([name, version]) => ({ name, version, parent }));
}

/** Beside the parent's own packages, or in any folder above, as Node looks for it. */
function isPresent(packages, path, name) {
  const folders = path
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'));
  return [...folders, ''].some(
    (folder) => `${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages,
  );
}

function createEntry(name, version, { dev, license, engines }) {
  const words = name.split(/[/-]/);
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const os = SYSTEMS.filter((system) => words.includes(system));
  const libc = os.includes('linux')
    ? [words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc']
    : undefined;
  return {
    version,
    cpu,
    ...(dev ? { dev } : {}),
    ...(libc ? { libc } : {}),
    license,
    optional: true,
    os,
    engines,
  };
}
