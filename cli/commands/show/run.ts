import { NotADeadLetterError, readDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter-message';
import { NewerFormatError } from '../../../lambda/shared/dead-letter/format-version';
import { LostBodyError } from '../../../lambda/shared/dead-letter/object-reader';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { CliError } from '../../cli-error';
import type { Context } from '../../context';
import { bodyReader, readBody } from '../../dead-letters/storage';
import { recordDocument } from '../../decode/record-document';
import { decodeRecord } from '../../decode/stream-record';
import { ExitCode } from '../../exit-code';
import { FilteringMappings, proofOf } from '../../mapping-filters/filtering-mappings';
import { requireId } from '../../messages/filter';
import { messageJson } from '../../messages/message-json';
import { newerFormat } from '../../messages/newer-format';
import { retentionLookup } from '../../messages/retention-lookup';
import { availableUntil, canBeCompleted, type RetentionOf } from '../../messages/stream-retention';
import { count } from '../../output/text';
import type { RecordQuery } from '../../query/record-query';
import { type ChosenQueue, chosenQueue } from '../../queue/chosen-queue';
import { notePeek } from '../../queue/peek';
import { failedBatchOf } from '../../reason/failed-batch';
import type { ReasonResult } from '../../reason/failure-reason';
import { LogReasons } from '../../reason/log-reasons';
import type { PeekOptions } from '../options';
import { deadLetterFields, printFields } from './fields';
import { findMessage, type FoundMessage } from './find-message';
import { hydrationErrorIn } from './next-steps';
import { showWithoutBody, showNewer, showOtherMessage } from './other-messages';
import { queueContext } from './queue-context';
import { recordLines } from './record-lines';

/** Records of a dead letter by their numbers, counted from 1, both included. */
export interface RecordRange {
  readonly first: number;
  readonly last: number;
}

export interface ShowOptions extends PeekOptions {
  readonly records?: RecordRange;
  readonly all: boolean;
  readonly raw: boolean;
  /** Whether the log of the processor is read. */
  readonly logs: boolean;
  /** A JMESPath expression on records. */
  readonly where?: string;
}

type QueryOptions = ShowOptions & { readonly query?: RecordQuery };

/** Records that are shown where not all were asked for. */
const MOST_RECORDS = 10;

export async function run(context: Context, [text = '']: readonly string[], options: ShowOptions): Promise<ExitCode> {
  const id = requireId(text, '<id>');
  const { where } = options;
  // Before anything is called it is known that it is one.
  const query = where === undefined ? undefined : (await import('../../query/record-query.js')).RecordQuery.parse(where);
  const queue = await chosenQueue(await context.clients.sqs(), await context.dlq(), options);
  const retentionOf = retentionLookup(context);
  const found = await findMessage(context, queue, id, options, retentionOf);
  if (!found) return ExitCode.INTERRUPTED;
  const code = options.raw ? await showRaw(context, found) : await showMessage(context, queue, found, { ...options, query }, retentionOf);
  if (!options.raw) notePeek(context, queue, { ...found.looked, more: 0 });
  return code;
}

async function showRaw({ clients, output, aborted }: Context, { message }: FoundMessage): Promise<ExitCode> {
  await output.write(`${await readBody(message, bodyReader(clients), aborted).catch(lost)}\n`);
  return ExitCode.DONE;
}

async function showMessage(
  context: Context, queue: ChosenQueue, found: FoundMessage, options: QueryOptions, retentionOf: RetentionOf,
): Promise<ExitCode> {
  const body = () => readBody(found.message, bodyReader(context.clients), context.aborted).catch(lost);
  if (found.seen.newerFormat) return showNewer(context, queue, found, found.seen.newerFormat);
  if (queue.content === 'undeliverables') return showOtherMessage(context, queue, found, await body());
  try {
    const deadLetter = await readDeadLetter(found.message, bodyReader(context.clients), context.aborted);
    return await showDeadLetter(context, queue, found, deadLetter, options, retentionOf);
  } catch (error) {
    if (error instanceof NewerFormatError) return showNewer(context, queue, found, newerFormat(error));
    if (error instanceof NotADeadLetterError) return showOtherMessage(context, queue, found, await body(), error.message);
    if (error instanceof LostBodyError) return showWithoutBody(context, queue, found, error.message);
    throw error;
  }
}

async function showDeadLetter(
  context: Context, queue: ChosenQueue, { seen: message }: FoundMessage, deadLetter: ReceivedDeadLetter, options: QueryOptions,
  retentionOf: RetentionOf,
): Promise<ExitCode> {
  const { output, options: globals } = context;
  // A body that is in S3 says more than its message.
  const seen = { ...message, inStreamUntil: canBeCompleted(deadLetter.status) ? await availableUntil(deadLetter.failure, retentionOf) : undefined };
  const { Records: records } = deadLetter.event;
  const { query } = options;
  const numbers = rangeOf(records.length, options);
  const reasons = new LogReasons(context, { logs: options.logs });
  const mappings = new FilteringMappings(async () => context.clients.lambda(), context.aborted);
  const { responseContext, requestContext: { functionArn } } = deadLetter.failure;
  const [where, log, reason, proof] = await Promise.all([
    queueContext(context, deadLetter),
    responseContext ? reasons.logs.of(functionArn) : undefined,
    options.logs ? reasonOf(deadLetter, reasons, context) : undefined,
    proofOf(deadLetter, mappings),
  ]);
  const around = { ...where, inStreamUntil: seen.inStreamUntil };
  const from = { content: queue.content, options: globals, around, log, reason, isWhole: options.all, proof };
  printFields(deadLetterFields(deadLetter, seen, from, new Date()), output);
  for (const note of mappings.notes) output.note(note);
  const shown: object[] = [];
  const chosen = records.map((record, index) => ({ record, number: index + 1 }))
    .filter(({ record, number }) => number >= numbers.first && number <= numbers.last && (!query || query.matches(record, number)));
  const most = options.all || options.records || output.isJson ? Infinity : MOST_RECORDS;
  for (const { record, number } of chosen.slice(0, most)) {
    const decoded = decodeRecord(record);
    if (output.isJson) shown.push(recordDocument(number, decoded, record));
    output.line();
    output.line(output.colors.bold(`record ${number} of ${records.length}`));
    const style = { colors: output.colors, isWhole: options.all || options.records !== undefined };
    for (const line of recordLines(decoded, style)) output.line(`  ${line}`);
  }
  if (records.length === 0) output.line('\nno records');
  if (query) output.line(`\n${count(chosen.length, 'record')} of ${records.length.toLocaleString('en-US')} matching --where ${query.text}`);
  if (query?.note !== undefined) output.warn(query.note);
  if (chosen.length > most) output.line(`\n… ${(chosen.length - most).toLocaleString('en-US')} more records: --all${query ? '' : `, or --records ${most + 1}-`}`);
  output.json({
    queueUrl: queue.queueUrl,
    content: queue.content,
    message: messageJson(seen),
    ...(reason && (reason.reason ? { reason: reason.reason } : { reasonNotFound: reason.notFound })),
    failure: deadLetter.failure,
    hydrationError: hydrationErrorIn(deadLetter.text),
    ...(proof && { proof: { status: proof.deadLetter.status, mapping: proof.mapping.uuid, records: proof.numbers } }),
    ...(deadLetter.redrive && { redrive: deadLetter.redrive }),
    recordCount: records.length,
    ...(query && { where: query.text }),
    records: shown,
  });
  return ExitCode.DONE;
}

async function reasonOf({ failure, deadLetterId }: ReceivedDeadLetter, reasons: LogReasons, { output }: Context): Promise<ReasonResult | undefined> {
  const batch = failedBatchOf(failure, deadLetterId);
  const progress = output.progress('searching the log', undefined);
  return batch && reasons.reasonOf(batch).finally(() => progress.stop());
}

/** Which records to show, counted from 1. @throws CliError */
function rangeOf(total: number, { records }: ShowOptions): RecordRange {
  if (records && records.first > total) throw new CliError(`--records must begin within the ${total} records of the dead letter, got: ${records.first}.`);
  return records ?? { first: 1, last: total };
}

function lost(error: unknown): never {
  throw error instanceof LostBodyError ? new CliError(error.message, ExitCode.LEFT) : error;
}
