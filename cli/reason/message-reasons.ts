import { explainAwsError, isDenied, isServiceError } from '../aws/aws-error';
import { listMappings } from '../aws/deliveries';
import type { Context } from '../context';
import type { NativeMessage } from '../native/native-message';
import { shortName } from '../output/text';
import { CallPacer } from './call-pacer';
import { errorInLog } from './error-in-log';
import type { NoReason, ReasonResult } from './failure-reason';
import { withFingerprint } from './known-reason';
import type { StreamLine } from './last-attempt';
import { LogCalls } from './log-calls';
import { readLine } from './log-line';
import { LogReasons } from './log-reasons';
import { NO_LOGS, STOPPED, unreadable } from './not-found';
import type { ProcessorLog } from './processor-log';

/** A native dead letter, by what a reason is looked up. */
export interface FailedMessage {
  readonly messageId: string;
  /** Of a standard queue, when it was sent first; of a FIFO queue, when SQS moved it. */
  readonly sentAt: Date;
  readonly native?: NativeMessage;
}

/** Receives of one message: how many there are at most, and how far apart. */
interface Receives {
  readonly count: number;
  readonly visibilityMillis: number;
}

interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** A receive may come late: the queue was long, or its mapping was off. */
const MARGIN_MILLIS = 15 * 60_000;
/** What an invocation logs after it has named a message. */
const AFTER_MILLIS = 60_000;
const DEFAULT_RECEIVES: Receives = { count: 10, visibilityMillis: 30_000 };

/**
 * Why messages failed that SQS moved to a dead-letter queue. No record says so: the functions that read the source queue are searched for the
 * message id in their logs, which a function has only if it logs it.
 */
export class MessageReasons {
  private readonly reasons: LogReasons;
  private readonly calls: LogCalls;
  private readonly functions = new Map<string, Promise<readonly string[] | NoReason>>();
  private readonly receives = new Map<string, Promise<Receives>>();

  constructor(
    private readonly context: Pick<Context, 'clients' | 'output' | 'options' | 'stopped' | 'aborted'>,
    private readonly options: { readonly logs: boolean; readonly file?: string; readonly pacer?: CallPacer },
  ) {
    const pacer = options.pacer ?? new CallPacer();
    this.reasons = new LogReasons(context, { ...options, pacer });
    this.calls = new LogCalls(context.clients, pacer, AbortSignal.any([context.stopped, context.aborted]));
  }

  async reasonOf(message: FailedMessage): Promise<ReasonResult> {
    const sourceArn = message.native?.sourceArn;
    if (!this.options.logs) return { notFound: NO_LOGS };
    if (sourceArn === undefined) return { notFound: { name: 'NoSource', message: 'the message does not name the queue that it comes from, so its consumer is not known' } };
    const functions = await this.functionsOf(sourceArn);
    if ('name' in functions) return { notFound: functions };
    let last: ReasonResult | undefined;
    for (const functionArn of functions) {
      last = await this.inLogOf(functionArn, message, sourceArn);
      if (last.reason) return last;
    }
    return last!;
  }

  private async inLogOf(functionArn: string, message: FailedMessage, sourceArn: string): Promise<ReasonResult> {
    const { stopped, aborted, options } = this.context;
    const log = await this.reasons.logs.of(functionArn);
    aborted.throwIfAborted();
    if (stopped.aborted) return { notFound: STOPPED };
    try {
      const range = rangeOf(message, await this.receivesOf(sourceArn));
      const lines = await this.search(log, message, range);
      return (await this.reasonIn(lines, functionArn, message)) ?? { notFound: lines.length > 0 ? noError(log) : notLogged(log, range) };
    } catch (error) {
      if (stopped.aborted && !aborted.aborted) return { notFound: STOPPED };
      const notFound = aborted.aborted ? undefined : unreadable(error, log, options);
      if (!notFound) throw error;
      return { notFound };
    }
  }

  /** Lines that name the message, the newest first. */
  private async search(log: ProcessorLog, { messageId }: FailedMessage, range: TimeRange): Promise<StreamLine[]> {
    // SQS makes a UUID. Of anything else that a pattern has a meaning for, nothing is searched.
    if (!/^[\w-]{1,100}$/.test(messageId)) return [];
    await this.calls.turn();
    return this.calls.search({ ...log, ...range }, [messageId], (found) => found.length > 0);
  }

  /** The error that is logged with the message id, or else the one that ended the last invocation that named it. */
  private async reasonIn(newestFirst: readonly StreamLine[], functionArn: string, { messageId }: FailedMessage): Promise<ReasonResult | undefined> {
    const [newest] = newestFirst;
    if (!newest) return undefined;
    const requests = newestFirst.map((line) => ({ line, requestId: readLine(line).requestId }));
    const { line, requestId } = requests.find((it) => it.requestId !== undefined) ?? requests[0];
    const own = requests.filter((it) => it.requestId === requestId && it.line.stream === line.stream).map((it) => it.line).reverse();
    const error = errorInLog(own, requestId ?? messageId);
    if (error) return { reason: withFingerprint(error, newest.time) };
    if (requestId === undefined) return undefined;
    return this.reasons.reasonOf({
      deadLetterId: messageId, functionArn, condition: 'MaxReceiveCount', requestId, failedAt: new Date(line.time.getTime() + AFTER_MILLIS), functionError: 'Unhandled',
    });
  }

  private async functionsOf(sourceArn: string): Promise<readonly string[] | NoReason> {
    let known = this.functions.get(sourceArn);
    if (!known) this.functions.set(sourceArn, (known = this.askFunctions(sourceArn)));
    return known;
  }

  private async askFunctions(sourceArn: string): Promise<readonly string[] | NoReason> {
    try {
      const mappings = await listMappings(this.context, { EventSourceArn: sourceArn });
      const arns = [...new Set(mappings.flatMap(({ FunctionArn: arn }) => arn ?? []))];
      return arns.length > 0 ? arns : { name: 'NoProcessor', message: `no function is known that reads ${shortName(sourceArn)}: search the log of its consumer for the message ID` };
    } catch (error) {
      if (!isServiceError(error) || this.context.aborted.aborted) throw error;
      return { name: isDenied(error) ? 'Denied' : 'Failed', message: explainAwsError(error, this.context.options)?.message ?? (error as Error).message };
    }
  }

  private async receivesOf(sourceArn: string): Promise<Receives> {
    let known = this.receives.get(sourceArn);
    if (!known) this.receives.set(sourceArn, (known = this.askReceives(sourceArn)));
    return known;
  }

  /** How the source queue gives a message out. Without the permission to ask, a usual queue is assumed. */
  private async askReceives(sourceArn: string): Promise<Receives> {
    try {
      // The SDK is loaded for the first queue that is asked.
      const [{ GetQueueAttributesCommand }, { queueUrlOf }] = await Promise.all([import('@aws-sdk/client-sqs'), import('../aws/queue-url.js')]);
      const { clients, aborted } = this.context;
      const command = new GetQueueAttributesCommand({ QueueUrl: await queueUrlOf(clients, sourceArn, aborted), AttributeNames: ['RedrivePolicy', 'VisibilityTimeout'] });
      const { Attributes = {} } = await (await clients.sqs()).send(command, { abortSignal: aborted });
      const { maxReceiveCount = DEFAULT_RECEIVES.count } = JSON.parse(Attributes.RedrivePolicy ?? '{}') as { maxReceiveCount?: number | string };
      return { count: Number(maxReceiveCount), visibilityMillis: 1_000 * Number(Attributes.VisibilityTimeout ?? 30) };
    } catch (error) {
      if (!isServiceError(error) || this.context.aborted.aborted) throw error;
      return DEFAULT_RECEIVES;
    }
  }
}

/** When a message was received, as far as SQS says it. */
function rangeOf({ sentAt, native }: FailedMessage, { count, visibilityMillis }: Receives): TimeRange {
  const span = count * visibilityMillis + MARGIN_MILLIS;
  const isFifo = native?.sourceArn?.endsWith('.fifo') === true;
  return { from: new Date(sentAt.getTime() - (isFifo ? span : 0)), to: new Date(sentAt.getTime() + (isFifo ? AFTER_MILLIS : span)) };
}

function noError({ group }: ProcessorLog): NoReason {
  return { name: 'NoError', message: `${group} has lines with the message ID, and no error among them: look at what the function logged` };
}

function notLogged({ group }: ProcessorLog, { from, to }: TimeRange): NoReason {
  const range = `from ${from.toISOString()} to ${to.toISOString()}`;
  return {
    name: 'NotLogged',
    message: `${group} has no line with the message ID ${range}: let the function log the messageId of each record that fails, with its error; if ` +
      'the message waited in its queue for longer, search later lines yourself',
  };
}
