import type { Message } from '@aws-sdk/client-sqs';
import { SeededRandom } from '../faults/seeded-random';
import { killAt } from './kill-point';
import { NativeSession, type QueueKey } from './native-session';

/** How often each of the two is killed: `OPERATE_KILLS=20 npx jest test/operate/native-kill` takes its time. */
const KILLS = Number(process.env.OPERATE_KILLS ?? 3);
const SEED = Number(process.env.OPERATE_SEED ?? 18);
const MESSAGES = Math.max(60, 6 * KILLS);
const GROUPS = 5;
/** Messages are visible again this many seconds after a kill. It is the shortest visibility timeout that the tool accepts. */
const VISIBILITY_TIMEOUT = '30';

interface Campaign {
  readonly deadLetterQueue: QueueKey;
  readonly source: QueueKey;
  readonly choice: readonly string[];
  readonly requestsPerMessage: number;
}

const STANDARD: Campaign = { deadLetterQueue: 'OrdersDlq', source: 'Payments', choice: ['--where', 'body.isChosen', '--to-queue'], requestsPerMessage: 1.2 };
const FIFO: Campaign = { deadLetterQueue: 'SharedDlqFifo', source: 'PaymentsFifo', choice: ['--limit', '100000'], requestsPerMessage: 2 };

const numberOf = ({ Body }: Message): number => (JSON.parse(Body!) as { number: number }).number;

describe(`a redrive of native dead letters that is killed ${KILLS} times, and then run to its end`, () => {
  const chance = new SeededRandom(SEED);
  let session: NativeSession;

  beforeAll(async () => {
    session = await NativeSession.start();
  }, 120_000);

  afterAll(async () => session?.stop());

  /** Runs the command until it was killed often enough, and then to its end. */
  async function campaign({ deadLetterQueue, choice, source, requestsPerMessage }: Campaign, chosen: number): Promise<void> {
    const tool = session.toolOf(`OperatorOf${deadLetterQueue}`);
    const to = choice.at(-1) === '--to-queue' ? [session.url(source)] : [];
    const command = ['redrive', '--queue', session.url(deadLetterQueue), ...choice, ...to, '--yes', '--stop-after-failures', '0'];
    const other = MESSAGES - chosen;
    for (let killed = 0, run = 0; killed < KILLS; run++) {
      await session.waitUntilBack(deadLetterQueue);
      if ((await session.messages(deadLetterQueue)).visible === other) throw new Error(`there must be messages for ${KILLS} kills, got: none after ${killed}`);
      const { child, ended } = tool.start(...command, '--visibility-timeout', VISIBILITY_TIMEOUT);
      const when = chance.pick([[1, 'before'], [1, 'after']] as const, deadLetterQueue, 'when', run);
      const isEarly = chance.number(deadLetterQueue, 'early', run) < 0.2;
      const most = isEarly ? 12 : Math.ceil((requestsPerMessage * chosen) / (KILLS + 2));
      const request = chance.integer(1, most, deadLetterQueue, 'request', run);
      const remove = session.pipeline.cloud.gateway.use(
        killAt({ from: isEarly ? 'the first request' : 'the first message sent', request, when }, tool.roleArn, child),
      );
      const { exitCode, stderr } = await ended;
      remove();
      if (exitCode === null) killed++;
      else if (exitCode > 1) throw new Error(`a run must be killed, or come to its end, got: exit code ${exitCode}, and ${stderr}`);
    }
    await session.waitUntilBack(deadLetterQueue);
    const { exitCode, stderr, stdout } = await tool.run(...command);
    expect({ exitCode, stderr: exitCode === 0 ? '' : stderr, stdout: exitCode === 0 ? '' : stdout }).toEqual({ exitCode: 0, stderr: '', stdout: '' });
  }

  function report(name: string, arrived: readonly Message[], sent: number): void {
    const different = new Set(arrived.map(numberOf)).size;
    if (process.env.OPERATE_KILLS) {
      process.stderr.write(`${name}: ${JSON.stringify({ seed: SEED, kills: KILLS, messages: sent, lost: sent - different, duplicates: arrived.length - different })}\n`);
    }
  }

  // Both at once: most of the time they wait for messages to come back.
  it('loses no message, leaves those that were not chosen, and keeps the order of each FIFO group', async () => {
    await Promise.all([standard(), fifo()]);
  }, (120 + 60 * KILLS) * 1_000);

  async function standard(): Promise<void> {
    const messages = Array.from({ length: MESSAGES }, (_, number) => ({
      MessageBody: JSON.stringify({ number, isChosen: number % 2 === 0 }),
      MessageAttributes: { number: { DataType: 'Number', StringValue: String(number) }, bytes: { DataType: 'Binary', BinaryValue: Buffer.from([number]) } },
    }));
    await session.send('OrdersDlq', messages);
    await campaign(STANDARD, MESSAGES / 2);
    const [arrived, left] = [await session.take('Payments'), await session.take('OrdersDlq')];
    report('standard', arrived, MESSAGES / 2);
    const even = messages.map((_, number) => number).filter((number) => number % 2 === 0);
    expect([...new Set(arrived.map(numberOf))].sort((one, other) => one - other)).toEqual(even);
    expect(left.map(numberOf).sort((one, other) => one - other)).toEqual(even.map((number) => number + 1));
    for (const message of arrived) {
      expect(message.MessageAttributes).toMatchObject({
        number: { DataType: 'Number', StringValue: String(numberOf(message)) }, bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([numberOf(message)]) },
      });
    }
    // At most what was sent and not deleted yet at the moment of a kill.
    expect(arrived.length - MESSAGES / 2).toBeLessThanOrEqual(24 * KILLS);
  }

  async function fifo(): Promise<void> {
    await session.fail('PaymentsFifo', 'SharedDlqFifo', Array.from({ length: MESSAGES }, (_, number) => ({
      MessageBody: JSON.stringify({ number }), MessageGroupId: `group-${number % GROUPS}`, MessageDeduplicationId: `first-${number}`,
    })));
    await campaign(FIFO, MESSAGES);
    const arrived = await session.take('PaymentsFifo');
    report('FIFO', arrived, MESSAGES);
    expect(await session.messages('SharedDlqFifo')).toEqual({ visible: 0, inFlight: 0 });
    for (let group = 0; group < GROUPS; group++) {
      const own = arrived.filter(({ Attributes }) => Attributes?.MessageGroupId === `group-${group}`).map(numberOf);
      // A message that was sent and not deleted when the tool was killed comes twice, one after the other.
      expect([...new Set(own)]).toEqual(Array.from({ length: MESSAGES }, (_, number) => number).filter((number) => number % GROUPS === group));
      expect(own).toEqual([...own].sort((one, other) => one - other));
    }
    // At most one message of each group that was worked on.
    expect(arrived.length - MESSAGES).toBeLessThanOrEqual(4 * KILLS);
  }
});
