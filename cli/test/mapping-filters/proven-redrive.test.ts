import { toDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { FUNCTION_ARN, failureRecord, sequenceNumber, STREAM_ARN } from '../../../test/support/records';
import type { RedriveOptions } from '../../commands/redrive/run';
import * as redrive from '../../commands/redrive/run';
import * as show from '../../commands/show/run';
import { lambdaError } from '../support/fake-lambda';
import { kinesisRecord } from '../support/filtered-records';
import { Operation, QUEUE, type RunHow } from '../support/operation';
import { showOptions } from '../support/peek-options';
import { redriveOptions } from '../support/redrive-options';

const MAPPING = {
  UUID: '5b9d8c7e-0000-4000-8000-000000000001',
  FunctionArn: FUNCTION_ARN,
  EventSourceArn: STREAM_ARN,
  State: 'Enabled',
  LastModified: new Date('2026-11-20T08:00:00Z'),
  FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["order"]}}' }] },
};

let it: Operation;
beforeEach(() => {
  it = new Operation();
  it.lambda.mappings.push(MAPPING);
});
afterEach(() => it.close());

/** Puts a dead letter of records of these kinds, of which some failed. */
async function put(kinds: readonly string[], batchSize: number, from = 0): Promise<void> {
  const failure = failureRecord({ from, to: from + kinds.length - 1, batchSize });
  const records = kinds.map((kind, place) => kinesisRecord({ kind }, from + place));
  await it.put(toDeadLetter(failure, { records, hasStart: true, hasEnd: true }));
}

const bodies = () => it.deadLettersIn().map(({ body }) => body);

const PROVABLE = ['order', 'other', 'order', 'other', 'order'];

const run = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, redriveOptions(it, more), how);

describe('redrive', () => {
  test('sends the failed records of a SUPERSET that filters prove to be COMPLETE, and no others', async () => {
    await put(PROVABLE, 3);
    const { exitCode, out, err } = await run();
    expect(exitCode).toBe(0);
    expect(it.processor.processed).toEqual([0, 2, 4]);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(err).toContain('COMPLETE: 1 dead letter, 3 records, to be sent');
    expect(err).toContain('1 SUPERSET dead letter is COMPLETE by proof: as many records pass the filters of the mapping as failed. ' +
      'The other 2 records never reached the processor, and are not sent.');
    expect(out).toContain('1 message sent.\n3 records processed.\n');
  });

  test('sends it with --only-failed-records, too', async () => {
    await put(PROVABLE, 3);
    expect(await run({ onlyFailedRecords: true, include: ['SUPERSET'] })).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([0, 2, 4]);
  });

  test('asks for each mapping once, and for none where there is no SUPERSET', async () => {
    for (const from of [0, 10, 20]) await put(PROVABLE, 3, from);
    await run({ dryRun: true });
    expect(it.lambda.calls).toEqual(['ListEventSourceMappings']);
    await run();
    it.lambda.calls.length = 0;
    await put(['order', 'order'], 2);
    await run();
    expect(it.lambda.calls).not.toContain('ListEventSourceMappings');
  });

  test('leaves one that is not proven where it is, beside one that is', async () => {
    await put(PROVABLE, 3);
    await put(['order', 'order', 'order'], 2, 10);
    const { exitCode, document } = await run({}, { json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ plan: { lines: expect.arrayContaining([
      expect.objectContaining({ status: 'COMPLETE', records: 3 }), expect.objectContaining({ status: 'SUPERSET', records: 3 }),
    ]) } });
    expect(it.processor.processed).toEqual([0, 2, 4]);
    expect(bodies()).toMatchObject([{ hydration: { status: 'SUPERSET', recoveredRecords: 3 } }]);
  });

  test('keeps only failed records of one that is taken in part', async () => {
    it.processor.reports = true;
    it.processor.poison.add(2);
    await put(PROVABLE, 3);
    expect(await run()).toMatchObject({ exitCode: 1 });
    expect(it.processor.processed).toEqual([0]);
    expect(bodies()).toMatchObject([{
      KinesisBatchInfo: { startSequenceNumber: sequenceNumber(2), endSequenceNumber: sequenceNumber(4), batchSize: 2 },
      hydration: { status: 'COMPLETE', expectedRecords: 2, recoveredRecords: 2 },
      payload: { Records: [2, 4].map((place) => kinesisRecord({ kind: 'order' }, place)) },
    }]);
  });

  test('leaves one that fails whole as it is', async () => {
    it.processor.poison.add(2);
    await put(PROVABLE, 3);
    expect(await run()).toMatchObject({ exitCode: 1 });
    expect(bodies()).toMatchObject([{ hydration: { status: 'SUPERSET', expectedRecords: 3, recoveredRecords: 5 } }]);
  });

  test('picks records by the numbers that show prints', async () => {
    await put(PROVABLE, 3);
    expect(await run({ where: 'number == `5`', pick: true })).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([4]);
    expect(bodies()).toMatchObject([{ payload: { Records: [0, 2].map((place) => kinesisRecord({ kind: 'order' }, place)) } }]);
  });

  test.each(['SUPERSET', 'COMPLETE'])('chooses it by --filter status=%s: the queue has it as SUPERSET', async (status) => {
    await put(PROVABLE, 3);
    expect(await run({ filter: [`status=${status}`], include: ['SUPERSET'] })).toMatchObject({ exitCode: 0 });
    expect(it.processor.processed).toEqual([0, 2, 4]);
  });

  const unknown: readonly (readonly [string, () => void, RegExp | undefined])[] = [
    ['the operator may not read mappings', () => it.lambda.failNext('ListEventSourceMappings', lambdaError(
      'AccessDeniedException', 'User: mia is not authorized to perform: lambda:ListEventSourceMappings on resource: *', 403,
    )), /filters of the mapping .* are not known, so they prove nothing \(you need lambda:ListEventSourceMappings\)/],
    ['Lambda is busy', () => it.lambda.failNext('ListEventSourceMappings', lambdaError('TooManyRequestsException', 'Rate exceeded', 429)), /TooManyRequestsException: Rate exceeded/],
    ['the filters are encrypted', () => it.lambda.mappings.splice(0, 1, {
      ...MAPPING, FilterCriteria: undefined, KMSKeyArn: 'arn:aws:kms:us-east-1:1:key/a', FilterCriteriaError: { ErrorCode: 'AccessDeniedException', Message: 'no' },
    }), /encrypted with a customer managed key/],
    ['there is no mapping any more', () => it.lambda.mappings.splice(0, 1), undefined],
    ['there are several', () => it.lambda.mappings.push({ ...MAPPING, UUID: 'other' }), undefined],
    ['it has no filters', () => it.lambda.mappings.splice(0, 1, { ...MAPPING, FilterCriteria: undefined }), undefined],
  ];
  test.each(unknown)('leaves it where %s', async (_why, prepare, note) => {
    prepare();
    await put(PROVABLE, 3);
    const { exitCode, err } = await run();
    expect(exitCode).toBe(1);
    expect(it.processor.processed).toEqual([]);
    expect(bodies()).toMatchObject([{ hydration: { status: 'SUPERSET' } }]);
    if (note) expect(err.replaceAll(/\s+/g, ' ')).toMatch(note);
    else expect(err).not.toContain('prove');
  });
});

describe('show', () => {
  const shown = async (how: RunHow = {}) => it.run(show, showOptions(), { args: [bodies()[0].hydration.deadLetterId], ...how });

  test('says which records failed, and that a redrive sends them', async () => {
    await put(PROVABLE, 3);
    const { out } = await shown();
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      `COMPLETE by proof: 3 of 5 records pass the filters of mapping ${MAPPING.UUID}, and as many failed: 1, 3, 5`,
    );
    expect(out).not.toContain('--include SUPERSET');
    expect(await shown({ json: true })).toMatchObject({ document: { proof: { status: 'COMPLETE', mapping: MAPPING.UUID, records: [1, 3, 5] } } });
  });

  test('says nothing of filters where they prove nothing', async () => {
    await put(['order', 'order', 'order'], 2);
    const { out } = await shown();
    expect(out).not.toContain('by proof');
    expect(out).toContain('--include SUPERSET');
  });
});
