import { DeadLetter, toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { HydrationStatus } from '../../../../src/contract';
import { failureRecord, notificationText, STREAM_ARN } from '../../../../test/support/records';
import { run, type ShowOptions } from '../../../commands/show/run';
import { Operation, QUEUE, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { showOptions } from '../../support/peek-options';
import { tableDeadLetter } from '../../support/table-dead-letter';

let operation: Operation;
beforeEach(() => (operation = new Operation()));
afterEach(() => operation.close());

const showIt = (id: string, given: Partial<ShowOptions> = {}, json = false) => operation.run({ run }, showOptions(given), { args: [id], json });

const DISCARD = 'discard ID --reason "restored from the source"';

describe('what is missing of a table', () => {
  const table = (status: HydrationStatus, firstAge: number, lastAge = firstAge, records = 0) =>
    tableDeadLetter({ status, firstAge, lastAge, records });
  const commandsIn = (out: string) =>
    (out.match(/npx .*/g) ?? []).map((command) => command.replace(/^npx stream-dlq /, '').replace(/[0-9a-f]{8}/, 'ID'));
  const SOURCE = 'get them from the source, by arrival times and range below, or the items as they were at the last arrival from point-in-time recovery';

  test.each<[string, DeadLetter, RegExp, string[]]>([
    ['is in its stream for a day', table('UNREADABLE', 18.5), /\nin stream +until \S+Z \(in 5h\)\n/, ['rehydrate ID', DISCARD]],
    ['leaves it one after the other', table('PARTIAL', 20.5, 19.5, 1), /\nin stream +until \S+Z \(in 3h\), the last one until \S+Z\n/,
      ['rehydrate ID', 'redrive ID --include PARTIAL', DISCARD]],
    ['is leaving it', table('UNREADABLE', 24.5, 23.5), /\nin stream +they leave it now, the last one at \S+Z \(in \d+m\)\n/, ['rehydrate ID', DISCARD]],
    ['has left it', table('UNREADABLE', 27.5, 26.5), /\nin stream +no longer: the 24 hours that the stream of a table keeps a record were over at \S+Z \(2h ago\)\n/,
      [DISCARD]],
    ['has left it, and others are here', table('PARTIAL', 27.5, 26.5, 1), /\nin stream +no longer: /, ['redrive ID --include PARTIAL', DISCARD]],
    ['had left it before it was read', table('EXPIRED', 18.5), /(?<!\nin stream.*)\nto do/s, [DISCARD]],
    ['is not missing', table('COMPLETE', 18.5, 18.5, 2), /(?<!\nin stream.*)\nto do/s, ['redrive ID']],
  ])('%s', async (_, deadLetter, line, commands) => {
    await operation.put(deadLetter);
    const { out } = await showIt(deadLetter.hydration.deadLetterId);
    expect(out).toMatch(line);
    expect(commandsIn(out.split('its log')[0])).toEqual(commands);
  });

  test.each<[string, DeadLetter, string]>([
    ['from elsewhere, where not from the stream', table('UNREADABLE', 18.5), `else ${SOURCE}`],
    ['from elsewhere alone, once it has left that', table('UNREADABLE', 25), `to do        ${SOURCE}`],
    ['from elsewhere alone, where it had left that before', table('EXPIRED', 18.5), `to do        ${SOURCE}`],
  ])('can be had %s', async (_, deadLetter, text) => {
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId)).out.replace(/\n {13}/g, ' ')).toContain(text);
  });

  test('is shown for a body in S3 too, and in --json', async () => {
    const deadLetter = table('PARTIAL', 20.5, 19.5, 1);
    const { approximateArrivalOfFirstRecord: first, approximateArrivalOfLastRecord: last } = deadLetter.DDBStreamBatchInfo!;
    const dayAfter = (time: string) => new Date(Date.parse(time) + 86_400_000).toISOString();
    const inStreamUntil = { firstRecord: dayAfter(first), lastRecord: dayAfter(last) };
    await operation.put(deadLetter, QUEUE, 1_000);
    const { out } = await showIt(deadLetter.hydration.deadLetterId);
    expect(out).toContain(`until ${inStreamUntil.firstRecord} (in 3h), the last one until ${inStreamUntil.lastRecord}\n`);
    expect((await showIt(deadLetter.hydration.deadLetterId, {}, true)).document?.message).toMatchObject({ inStreamUntil });
    const whole = tableDeadLetter({ status: 'COMPLETE', firstAge: 1, from: 5, records: 2 });
    await operation.put(whole);
    expect((await showIt(whole.hydration.deadLetterId, {}, true)).document?.message).not.toHaveProperty('inStreamUntil');
  });

  test('is shown for an undeliverable, as far as the undeliverable names it', async () => {
    const put = (messageId: string, failure: object) =>
      operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId, body: notificationText(failure) });
    put('of-a-table', table('UNREADABLE', 18.5));
    put('of-kinesis', failureRecord());
    put('of-no-time', { DDBStreamBatchInfo: { approximateArrivalOfLastRecord: 'yesterday' } });
    put('of-nothing', { DDBStreamBatchInfo: null });
    const outOf = async (id: string) => (await showIt(id, { undeliverables: true })).out;
    expect(await outOf('of-a-table')).toMatch(/\nin stream +until \S+Z \(in 5h\)\n/);
    for (const id of ['of-kinesis', 'of-no-time', 'of-nothing']) expect(await outOf(id)).not.toContain('in stream');
    const { document } = await showIt('of-a-table', { undeliverables: true }, true);
    expect(document?.message).toMatchObject({ inStreamUntil: { lastRecord: expect.any(String) } });
  });
});

describe('what is missing of a Kinesis stream that says how long it keeps records', () => {
  const HOURS = 168;
  const deadLetterOfAge = (status: HydrationStatus, hours: number) => {
    const arrival = new Date(Date.now() - hours * 3_600_000).toISOString();
    const failure = failureRecord({ approximateArrivalOfFirstRecord: arrival, approximateArrivalOfLastRecord: arrival });
    return toDeadLetter(failure, { records: [], hasStart: false, hasEnd: false, unreadable: status === 'UNREADABLE' });
  };
  beforeEach(() => void operation.retentions.set(STREAM_ARN, HOURS));

  test('is said until when, of a dead letter and of an undeliverable', async () => {
    const deadLetter = deadLetterOfAge('UNREADABLE', HOURS - 5.5);
    await operation.put(deadLetter);
    operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId: 'of-kinesis', body: notificationText(deadLetterOfAge('UNREADABLE', HOURS - 5.5)) });
    const { out } = await showIt(deadLetter.hydration.deadLetterId);
    expect(out).toMatch(/\nin stream +until \S+Z \(in 5h\)\n/);
    expect(out).toContain(`npx stream-dlq rehydrate ${deadLetter.hydration.deadLetterId.slice(0, 8)}\n`);
    expect((await showIt('of-kinesis', { undeliverables: true })).out).toMatch(/\nin stream +until \S+Z \(in 5h\)\n/);
    const { document } = await showIt(deadLetter.hydration.deadLetterId, {}, true);
    expect(document?.message).toMatchObject({ inStreamUntil: { lastRecord: expect.any(String) } });
  });

  test('is not read again once the stream does not keep it any more', async () => {
    const deadLetter = deadLetterOfAge('UNREADABLE', HOURS + 2.5);
    await operation.put(deadLetter);
    const out = (await showIt(deadLetter.hydration.deadLetterId)).out.replaceAll(/\s+/g, ' ');
    expect(out).toMatch(/in stream no longer: the 168 hours that the stream keeps a record were over at/);
    expect(out).not.toContain('npx stream-dlq rehydrate');
  });

  test('is that of the stream of the dead letter', async () => {
    operation.retentions.set(`${STREAM_ARN}-of-others`, 24);
    const deadLetter = deadLetterOfAge('UNREADABLE', 30);
    const other = JSON.parse(JSON.stringify(deadLetter).replaceAll(STREAM_ARN, `${STREAM_ARN}-of-others`)) as DeadLetter;
    await operation.put(deadLetter);
    operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId: 'of-another', body: notificationText(other) });
    expect((await showIt(deadLetter.hydration.deadLetterId)).out).toMatch(/in stream +until/);
    expect((await showIt('of-another', { undeliverables: true })).out).toMatch(/in stream +no longer: the 24 hours/);
  });
});
