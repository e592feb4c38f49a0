import { ManualClock } from '../../common/clock.port.js';
import { TextCountError } from './text-count-error.js';
import { TokenWorkerPool, type TokenWorkerPoolOptions } from './token-worker-pool.js';
import { locateTokenWorker, type TokenWorkerSource } from './token-worker-source.js';

const PATIENT_MS = 25_000;

/** A counting thread made of a few lines: answers with the texts' lengths, or does as a text says. */
const SCRIPTED = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ texts }) => {
    if (texts.includes('crash')) throw new Error('out of order');
    if (texts.includes('exit')) process.exit(0);
    if (texts.includes('silence')) return;
    if (texts.includes('hang')) for (;;);
    parentPort.postMessage(texts.map((text) => (text === 'late' ? null : text.length)));
  });`;

const scripted: TokenWorkerSource = {
  entry: new URL(`data:text/javascript,${encodeURIComponent(SCRIPTED)}`),
  data: { encodersUrl: '', splitterUrl: '' },
};

describe('TokenWorkerPool', () => {
  let clock: ManualClock;
  let crashes: TextCountError[];
  const pools: TokenWorkerPool[] = [];

  function createPool(options: Partial<TokenWorkerPoolOptions> = {}): TokenWorkerPool {
    const pool = new TokenWorkerPool({
      source: scripted,
      clock,
      maxThreads: 1,
      maxJobs: 8,
      maxJobsPerOwner: 4,
      deadlineMs: PATIENT_MS,
      budgetMs: PATIENT_MS,
      hangMs: PATIENT_MS,
      maxCrashes: 3,
      restMs: 30_000,
      onCrash: (error) => crashes.push(error),
      ...options,
    });
    pools.push(pool);
    return pool;
  }

  async function findFailure(counts: Promise<unknown>): Promise<string> {
    const error = await counts.then(
      () => null,
      (cause: unknown) => cause,
    );
    if (!(error instanceof TextCountError))
      throw new Error('The call did not fail as expected', { cause: error });
    return error.failure;
  }

  beforeEach(() => {
    clock = new ManualClock();
    crashes = [];
  });

  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  });

  describe('with its real counting thread', () => {
    it('counts the texts of a call, in order, with the encoding asked for', async () => {
      const pool = createPool({ source: locateTokenWorker() });
      const texts = ['tiktoken is great!', '', 'お誕生日おめでとう', '<|endoftext|>'];
      expect(await pool.countTexts('t1', 'cl100k_base', texts)).toEqual([6, 0, 9, 7]);
      expect(await pool.countTexts('t1', 'o200k_base', ['お誕生日おめでとう'])).toEqual([8]);
    });

    it('stops at its budget in a text that would take minutes, and answers the next call', async () => {
      const pool = createPool({ source: locateTokenWorker(), budgetMs: 150 });
      const hostile = '的'.repeat(2_000_000);
      const startedMs = performance.now();
      expect(await pool.countTexts('t1', 'o200k_base', ['hello', hostile, 'after'])).toEqual([1, null, null]);
      expect(performance.now() - startedMs).toBeLessThan(10_000);
      expect(await pool.countTexts('t1', 'o200k_base', ['hello'])).toEqual([1]);
    });

    it('counts a million times the same letter within seconds', async () => {
      const pool = createPool({ source: locateTokenWorker(), budgetMs: PATIENT_MS });
      const [tokens] = await pool.countTexts('t1', 'o200k_base', ['a'.repeat(1_000_000)]);
      expect(tokens).toBeGreaterThan(100_000);
      expect(tokens).toBeLessThanOrEqual(1_000_000);
    });
  });

  it('starts no thread before the first call, and keeps the process alive only while one is answered', async () => {
    const countActive = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = countActive();
    const pool = createPool();
    expect(countActive()).toBe(before);
    const counts = pool.countTexts('t1', 'o200k_base', ['four']);
    expect(countActive()).toBe(before + 1);
    expect(await counts).toEqual([4]);
    expect(countActive()).toBe(before);
  });

  it('passes on which texts were not counted in time', async () => {
    expect(await createPool().countTexts('t1', 'o200k_base', ['one', 'late'])).toEqual([3, null]);
  });

  it.each(['crash', 'exit'])(
    'rejects the call whose thread ends by %s, and counts the next in a new one',
    async (word) => {
      const pool = createPool();
      const failed = findFailure(pool.countTexts('t1', 'o200k_base', [word]));
      const waiting = pool.countTexts('t1', 'o200k_base', ['one']);
      expect(await failed).toBe('crashed');
      expect(await waiting).toEqual([3]);
      expect(crashes).toHaveLength(1);
    },
  );

  it('says why a thread crashed, without the text', async () => {
    await findFailure(createPool().countTexts('t1', 'o200k_base', ['crash', 'my secret']));
    expect(crashes[0]?.cause).toMatchObject({ message: 'out of order' });
    expect(JSON.stringify([crashes[0]?.message, String(crashes[0]?.cause)])).not.toContain('secret');
  });

  it('rejects calls when the thread’s code is not there', async () => {
    const entry = new URL('./no-such-file.js', import.meta.url);
    const pool = createPool({ source: { ...scripted, entry } });
    expect(await findFailure(pool.countTexts('t1', 'o200k_base', ['one']))).toBe('crashed');
  });

  it('rests after three crashes in a row, refusing calls at once, and tries again afterwards', async () => {
    const pool = createPool();
    for (let index = 0; index < 3; index += 1) {
      expect(await findFailure(pool.countTexts('t1', 'o200k_base', ['crash']))).toBe('crashed');
    }
    expect(await findFailure(pool.countTexts('t1', 'o200k_base', ['one']))).toBe('unavailable');
    clock.advance(30_000);
    expect(await pool.countTexts('t1', 'o200k_base', ['one'])).toEqual([3]);
  });

  it('does not rest after crashes with successes between', async () => {
    const pool = createPool();
    for (let index = 0; index < 4; index += 1) {
      await findFailure(pool.countTexts('t1', 'o200k_base', ['crash']));
      expect(await pool.countTexts('t1', 'o200k_base', ['one'])).toEqual([3]);
    }
  });

  it('gives up a call after its deadline, whatever the thread does', async () => {
    const pool = createPool({ deadlineMs: 50 });
    expect(await findFailure(pool.countTexts('t1', 'o200k_base', ['silence']))).toBe('timed-out');
  });

  it('ends a thread that hangs and counts the next call in a new one', async () => {
    const pool = createPool({ hangMs: 2_000 });
    expect(await findFailure(pool.countTexts('t1', 'o200k_base', ['hang']))).toBe('crashed');
    expect(await pool.countTexts('t1', 'o200k_base', ['one'])).toEqual([3]);
  });

  it('refuses calls beyond its queue, and only those of the owner who fills it', async () => {
    const pool = createPool({ maxJobsPerOwner: 2 });
    const busy = findFailure(pool.countTexts('t1', 'o200k_base', ['silence']));
    const calls = [1, 2, 3].map(() => findFailure(pool.countTexts('t1', 'o200k_base', ['one'])));
    expect(await calls[2]).toBe('overloaded');
    const other = findFailure(pool.countTexts('t2', 'o200k_base', ['one']));
    await pool.close();
    expect(await Promise.all([busy, calls[0], calls[1], other])).toEqual([
      'closed',
      'closed',
      'closed',
      'closed',
    ]);
  });

  it('answers an owner with one call before another’s second', async () => {
    const pool = createPool();
    const order: string[] = [];
    const note =
      (name: string): (() => number) =>
      () =>
        order.push(name);
    await Promise.all([
      pool.countTexts('t1', 'o200k_base', ['a']).then(note('t1 first')),
      pool.countTexts('t1', 'o200k_base', ['a']).then(note('t1 second')),
      pool.countTexts('t1', 'o200k_base', ['a']).then(note('t1 third')),
      pool.countTexts('t2', 'o200k_base', ['a']).then(note('t2 first')),
    ]);
    expect(order.indexOf('t2 first')).toBeLessThan(order.indexOf('t1 third'));
  });

  it('refuses calls once closed', async () => {
    const pool = createPool();
    await pool.close();
    expect(await findFailure(pool.countTexts('t1', 'o200k_base', ['one']))).toBe('closed');
  });
});
