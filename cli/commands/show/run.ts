import { NotADeadLetterError, readDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter-message';
import { NewerFormatError } from '../../../lambda/shared/dead-letter/format-version';
import { LostBodyError } from '../../../lambda/shared/dead-letter/object-reader';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { CliError } from '../../cli-error';
import type { Context } from '../../context';
import { lazyBodyReader, readBody } from '../../dead-letters/bodies';
import { type MessageSource, messageSource } from '../../dead-letters/message-source';
import { recordDocument } from '../../decode/record-document';
import { decodeRecord } from '../../decode/stream-record';
import { ExitCode } from '../../exit-code';
import { requireId } from '../../messages/filter';
import { messageJson } from '../../messages/message-json';
import { newerFormat } from '../../messages/newer-format';
import { retentionLookup, retentionOfTables } from '../../messages/retention-lookup';
import { availableUntil, canBeCompleted, type RetentionOf } from '../../messages/stream-retention';
import { count } from '../../output/text';
import type { RecordQuery } from '../../query/record-query';
import type { NoReason, ReasonResult } from '../../reason/failure-reason';
import { defaultLog } from '../../reason/processor-log';
import type { PeekOptions } from '../options';
import { deadLetterFields, printFields } from './fields';
import { findMessage, type FoundMessage } from './find-message';
import { showNativeMessage } from './native-message';
import { hydrationErrorIn } from './next-steps';
import { showWithoutBody, showNewer, showOtherMessage } from './other-messages';
import { recordLines } from './record-lines';
import type { Surroundings } from './surroundings';

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
  /** A file instead of the queue. */
  readonly from?: string;
}

type RunOptions = ShowOptions & { readonly query?: RecordQuery; readonly retentionOf: RetentionOf };

/** Records that are shown where not all were asked for. */
const MOST_RECORDS = 10;

export async function run(context: Context, [text = '']: readonly string[], options: ShowOptions): Promise<ExitCode> {
  const id = requireId(text, '<id>');
  const { where } = options;
  // Before anything is called it is known that it is one.
  const query = where === undefined ? undefined : (await import('../../query/record-query.js')).RecordQuery.parse(where);
  const source = await messageSource(context, options);
  const retentionOf = source.queue ? retentionLookup(context) : retentionOfTables;
  const found = await findMessage(context, source, id, retentionOf);
  if (!found) return ExitCode.INTERRUPTED;
  const code = options.raw ? await showRaw(context, found) : await showMessage(context, source, found, { ...options, query, retentionOf });
  if (!options.raw) source.noteLook({ ...found.looked, more: 0 });
  return code;
}

async function showRaw({ clients, output, aborted }: Context, { message }: FoundMessage): Promise<ExitCode> {
  await output.write(`${await readBody(message, lazyBodyReader(clients), aborted).catch(lost)}\n`);
  return ExitCode.DONE;
}

async function showMessage(context: Context, source: MessageSource, found: FoundMessage, options: RunOptions): Promise<ExitCode> {
  const objects = lazyBodyReader(context.clients);
  const body = () => readBody(found.message, objects, context.aborted).catch(lost);
  if (found.seen.newerFormat) return showNewer(context, source, found, found.seen.newerFormat);
  if (found.seen.native) {
    const native = await readBody(found.message, objects, context.aborted).catch(lostBody);
    return showNativeMessage(context, source, found, native, await nativeReason(context, source, found, options), options);
  }
  if (source.content === 'undeliverables') return showOtherMessage(context, source, found, await body());
  try {
    const deadLetter = await readDeadLetter(found.message, objects, context.aborted);
    return await showDeadLetter(context, source, found, deadLetter, options);
  } catch (error) {
    if (error instanceof NewerFormatError) return showNewer(context, source, found, newerFormat(error));
    if (error instanceof NotADeadLetterError) return showOtherMessage(context, source, found, await body(), error.message);
    if (error instanceof LostBodyError) return showWithoutBody(context, source, found, error.message);
    throw error;
  }
}

async function showDeadLetter(
  context: Context, source: MessageSource, { seen: message }: FoundMessage, deadLetter: ReceivedDeadLetter, options: RunOptions,
): Promise<ExitCode> {
  const { output, options: globals } = context;
  const { around, log, reason, proof, notes } = await surroundings(context, source, deadLetter, options);
  // A body that is in S3 says more than its message.
  const seen = { ...message, inStreamUntil: around.inStreamUntil };
  const { Records: records } = deadLetter.event;
  const { query } = options;
  const numbers = rangeOf(records.length, options);
  const sentBy = source.sentBy(seen.messageId);
  const from = { source, options: globals, around: { ...around, ...(sentBy !== undefined && { sentBy }) }, log, reason, isWhole: options.all, proof };
  printFields(deadLetterFields(deadLetter, seen, from, new Date()), output);
  for (const note of notes) output.note(note);
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
    ...source.place,
    content: source.content,
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

/** Why the consumer of a native dead letter failed, where its log says so. */
async function nativeReason(
  context: Context, source: MessageSource, { seen }: FoundMessage, { logs }: RunOptions,
): Promise<ReasonResult | undefined> {
  if (!logs) return undefined;
  const why = source.queue ? undefined : await (await import('./surroundings.js')).whyNotAsked(context);
  if (why) return { notFound: why };
  const { MessageReasons } = await import('../../reason/message-reasons.js');
  const progress = context.output.progress('searching the log', undefined);
  return new MessageReasons(context, { logs }).reasonOf(seen).finally(() => progress.stop());
}

/** Of a file, nothing of AWS is asked with --no-logs, or without credentials. */
async function surroundings(
  context: Context, source: MessageSource, deadLetter: ReceivedDeadLetter, { logs, retentionOf }: RunOptions,
): Promise<Surroundings> {
  let why: NoReason | undefined;
  if (source.queue || logs) {
    const { surroundingsOf, whyNotAsked } = await import('./surroundings.js');
    why = source.queue ? undefined : await whyNotAsked(context);
    if (!why) return surroundingsOf(context, source, deadLetter, { logs, retentionOf: source.queue ? retentionOf : retentionLookup(context) });
  }
  const { failure, functionArn, status } = deadLetter;
  const inStreamUntil = canBeCompleted(status) ? await availableUntil(failure, retentionOf) : undefined;
  return {
    around: { isAlone: true, isInFile: true, inStreamUntil },
    ...(failure.responseContext && { log: defaultLog(functionArn) }),
    ...(why && { reason: { notFound: why } }),
    notes: [],
  };
}

/** Which records to show, counted from 1. @throws CliError */
function rangeOf(total: number, { records }: ShowOptions): RecordRange {
  if (records && records.first > total) throw new CliError(`--records must begin within the ${total} records of the dead letter, got: ${records.first}.`);
  return records ?? { first: 1, last: total };
}

/** The message says something still. */
function lostBody(error: unknown): { readonly lostBody: string } {
  if (error instanceof LostBodyError) return { lostBody: error.message };
  throw error;
}

function lost(error: unknown): never {
  throw error instanceof LostBodyError ? new CliError(error.message, ExitCode.LEFT) : error;
}
