import type { SecretRule } from './secret-rule.js';

const PLACEHOLDER =
  '(?:password|passwd|passwort|pass|pwd|secret|changeme|token|user|username|x{3,}|\\*{3,}|\\.{3})';
/** `${NAME}`, `{{name}}`, `<name>`, `$NAME`, `%NAME%`: a template, not a password. */
const TEMPLATE = '(?:\\$?\\{|<|\\$[A-Z_]|\\$\\(|%[A-Z_]+%)';

/** Shapes that belong to no one vendor. */
export const GENERIC_RULES: readonly SecretRule[] = [
  {
    name: 'json-web-token',
    anchors: ['eyJ'],
    // Nothing that a token is made of may stand before it: so each run of such units is read once.
    pattern:
      '(?:(?<![A-Za-z0-9_-])|(?<=\\\\[nrt]))eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{16,}',
    leads: [0],
  },
  {
    name: 'url-password',
    anchors: ['://'],
    // User and password are taken out; scheme and host stay, so that a text can still be understood. A password that
    // repeats the user's name is an example or a default that everybody knows.
    pattern:
      `(?<=://)(?<user>[^\\s:@/?#"'\`<>\\\\]{0,100}):(?!${PLACEHOLDER}@|${TEMPLATE}|\\k<user>@)` +
      `[^\\s/"'\`<>\\\\]{4,200}(?=@[A-Za-z0-9\\[])`,
    leads: [-3],
  },
  {
    name: 'authorization-header',
    anchors: ['uthorization'],
    pattern:
      `[Aa]uthorization\\\\?["'\`]?\\s{0,8}[:=]\\s{0,8}\\\\?["'\`]?(?:Bearer|Basic|Token|bearer|basic|token)\\s{1,8}` +
      `(?=[A-Za-z._~+/-]{0,100}[0-9])[A-Za-z0-9._~+/-]{20,}={0,2}`,
    leads: [1],
  },
];
