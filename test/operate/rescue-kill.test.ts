import { appendFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../faults/seeded-random';
import { killAt } from './kill-point';
import { PlainSession, recordsOf, sortedTexts } from './plain-session';
import { messagesIn } from './queue';

const KILLS = Number(process.env.OPERATE_KILLS ?? 20);
const SEED = Number(process.env.OPERATE_SEED ?? 16);
/** Enough that no run before the last kill comes to its end: each reads about one range of each shard. */
const POISON = Array.from({ length: 25 * 4 * Math.ceil(KILLS / 20) }, (_, index) => `poison-${index}`);
const FILE = 'killed.jsonl';

describe(`a rescue of four shards that is killed ${KILLS} times, and then run to its end`, () => {
  const chance = new SeededRandom(SEED);
  let session: PlainSession;

  beforeAll(async () => {
    session = await PlainSession.start({ shardCount: 4, mapping: { batchSize: 1, parallelizationFactor: 10 } });
    await session.put(POISON.map((name, index) => ({ key: `key-${index}`, data: Buffer.from(`${name} ${'x'.repeat(index * 100)}`) })));
    await session.pipeline.settle();
  });

  afterAll(async () => session?.stop());

  const rescue = (file: string) => ['rescue', '--queue', session.queueUrl, '--to-file', file, '--concurrency', '4'];
  const sizeOf = () => (session.has(FILE) ? session.read(FILE).split('\n').length - 1 : 0);

  /** Ends a run after some of its requests, or after some time. Gives its exit code: null if it was killed. */
  async function killOnce(kill: number): Promise<number | null> {
    const before = sizeOf();
    const { child, ended } = session.tool.start(...rescue(FILE));
    const when = chance.pick([[1, 'before'], [1, 'after']] as const, 'when', kill);
    // One in five comes while it looks at the queue.
    const from = chance.number('early', kill) < 0.2 ? 1 : 25;
    const request = chance.integer(from, from + 15, 'request', kill);
    const remove = session.pipeline.cloud.gateway.use(killAt({ from: 'the first request', request, when }, session.tool.roleArn, child));
    if (chance.number('at a line', kill) < 0.4) {
      while (child.exitCode === null && child.signalCode === null && sizeOf() === before) await sleep(5);
      await sleep(chance.number('millis', kill) * 100);
      child.kill('SIGKILL');
    }
    const { exitCode } = await ended;
    remove();
    return exitCode;
  }

  /** What a power cut leaves: a part of the last line, from its first byte to all but the line feed. */
  function tear(kill: number): void {
    const text = Buffer.from(session.read(FILE));
    const lastLine = text.lastIndexOf('\n', text.length - 2) + 1;
    truncateSync(join(session.tool.folder, FILE), chance.integer(lastLine, text.length - 1, 'torn', kill));
  }

  it('has each failure once, whole, and as a run has it that nobody killed', async () => {
    const sizes: number[] = [];
    let torn = 0;
    let survivals = 0;
    for (let kill = 0; kill < KILLS;) {
      const exitCode = await killOnce(kill + survivals);
      if (exitCode === null) kill++;
      else survivals++;
      expect(survivals).toBeLessThan(KILLS);
      // Every line that is whole stays whole, and none is there twice.
      const ids = session.has(FILE) ? session.read(FILE).split('\n').slice(0, -1).map((line) => JSON.parse(line).messageId as string) : [];
      expect(new Set(ids).size).toBe(ids.length);
      sizes.push(ids.length);
      if (kill % 4 === 0 && ids.length > 0) {
        tear(kill);
        torn++;
      }
    }
    // Those that a killed run had in its hands are visible again after 30 seconds.
    while ((await messagesIn(session.clients.sqs, session.queueUrl)).inFlight > 0) await sleep(250);
    const last = await session.tool.json(...rescue(FILE));
    const whole = await session.tool.json(...rescue('whole.jsonl'));
    process.stderr.write(`${JSON.stringify({ seed: SEED, kills: KILLS, survivals, torn, sizes, last: last.document.before })}\n`);

    expect([last.exitCode, whole.exitCode]).toEqual([0, 0]);
    expect(last.document.before).toBeLessThan(POISON.length);
    const [killed, unkilled] = [FILE, 'whole.jsonl'].map((file) => session.read(file).split('\n').slice(0, -1).sort());
    expect(killed).toEqual(unkilled);
    expect(killed).toHaveLength(POISON.length);
    expect(sortedTexts(session.deadLettersIn(FILE).flatMap(recordsOf))).toEqual(sortedTexts(session.failedRecords));
    expect(await messagesIn(session.clients.sqs, session.queueUrl)).toEqual({ visible: POISON.length, inFlight: 0 });
  }, (180 + 20 * KILLS) * 1_000);

  it('is continued after a line that was torn within a character', async () => {
    const whole = session.read(FILE);
    appendFileSync(join(session.tool.folder, FILE), Buffer.from('{"version":"0.1.0","queueUrl":"\u20ac').subarray(0, -1));
    const { exitCode, stdout } = await session.tool.run(...rescue(FILE));
    expect(session.read(FILE)).toBe(whole);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${POISON.length} dead letters in ${FILE}.`);
  });
});
