import type { Message } from '@aws-sdk/client-sqs';
import { messageBytes } from '../../lambda/shared/dead-letter/sqs-message';
import type { Reason } from '../../lambda/shared/redrive/target';
import { isDenied, isServiceError } from '../aws/aws-error';
import { parseQueue } from '../aws/queue-name';
import { MOST_BYTES, type QueueState, queueState } from '../aws/queue-state';
import { queueUrlOf, siblingQueueUrl } from '../aws/queue-url';
import { CliError } from '../cli-error';
import type { Context } from '../context';
import { shortName } from '../output/text';
import type { NativeMessage } from './native-message';

/** A queue that a message can be sent to. */
export type Destination = Pick<QueueState, 'queueUrl' | 'queueArn' | 'isFifo' | 'maxMessageBytes'>;

interface Moved {
  readonly message: Message;
  /** URL of the dead-letter queue, where it was exported from one. */
  readonly queueUrl?: string;
  readonly native?: NativeMessage;
}

/** Where native dead letters go: each to the queue that it comes from, or all to one that the operator names. */
export class Destinations {
  /**
   * @param from the dead-letter queue. Undefined for messages of a file
   * @throws CliError where messages of the dead-letter queue cannot go to the queue that is named
   */
  static async of(context: Pick<Context, 'clients' | 'aborted'>, from: QueueState | undefined, toQueue: string | undefined): Promise<Destinations> {
    const destinations = new Destinations(context, from);
    if (toQueue === undefined) return destinations;
    const named = await destinations.find(toQueue);
    if (!from) return new Destinations(context, undefined, named);
    if (named.queueArn === from.queueArn) throw new CliError(`--to-queue must be another queue than the dead-letter queue, got: ${toQueue}.`);
    if (named.isFifo !== from.isFifo) {
      throw new CliError(`--to-queue must be a ${typeOf(from)} queue, as ${shortName(from.queueUrl)} is, got: ${toQueue}, a ${typeOf(named)} queue.`);
    }
    return new Destinations(context, from, named);
  }

  private readonly found = new Map<string, Promise<Destination | Reason>>();

  private constructor(
    private readonly context: Pick<Context, 'clients' | 'aborted'>,
    private readonly from: Pick<QueueState, 'queueUrl'> | undefined,
    /** The one that `--to-queue` names. */
    readonly named?: Destination,
  ) {}

  /** Where a message goes, or why it can go nowhere. */
  async of({ message, queueUrl, native }: Moved): Promise<Destination | Reason> {
    const destination = this.named ?? (await this.sourceOf(native?.sourceArn, queueUrl ?? this.from!.queueUrl));
    return 'queueUrl' in destination ? (refusal(message, destination) ?? destination) : destination;
  }

  private async sourceOf(arn: string | undefined, deadLetterQueueUrl: string): Promise<Destination | Reason> {
    if (arn === undefined) return { name: 'NoSource', message: 'it does not name the queue that it comes from: --to-queue NAME says where it goes' };
    let known = this.found.get(arn);
    if (!known) this.found.set(arn, (known = this.ask(arn, deadLetterQueueUrl)));
    return known;
  }

  private async ask(arn: string, deadLetterQueueUrl: string): Promise<Destination | Reason> {
    const queueUrl = siblingQueueUrl(deadLetterQueueUrl, arn);
    const { clients, aborted } = this.context;
    const [{ region: itsRegion }, region] = [parseQueue(arn), await (await clients.sqs()).config.region()];
    // A file may be from anywhere.
    if (itsRegion !== region) return { name: 'OtherRegion', message: `its source queue ${shortName(arn)} must be in ${region}, got: ${itsRegion}; give --region ${itsRegion}` };
    try {
      return await queueState(await clients.sqs(), queueUrl, aborted);
    } catch (error) {
      if (!isServiceError(error) || aborted.aborted) throw error;
      // To send needs no more than to send: SQS itself refuses what it does not take.
      if (isDenied(error)) return { queueUrl, queueArn: arn, isFifo: arn.endsWith('.fifo'), maxMessageBytes: MOST_BYTES };
      const { name, message } = error as Error;
      return { name, message: `its source queue ${shortName(arn)} cannot be used (${message}): check that it exists, or give --to-queue NAME` };
    }
  }

  private async find(queue: string): Promise<Destination> {
    const { clients, aborted } = this.context;
    return queueState(await clients.sqs(), await queueUrlOf(clients, queue, aborted, '--to-queue'), aborted);
  }
}

/** What SQS would say no to. */
function refusal({ Body: body = '', MessageAttributes: attributes = {}, Attributes }: Message, to: Destination): Reason | undefined {
  const bytes = messageBytes(body, attributes);
  if (bytes > to.maxMessageBytes) {
    return {
      name: 'TooLarge',
      message: `a message of ${shortName(to.queueUrl)} must have at most ${to.maxMessageBytes} bytes, got: ${bytes}; raise the limit of the queue, or give --to-queue NAME`,
    };
  }
  if (!to.isFifo && Attributes?.MessageDeduplicationId !== undefined) {
    return { name: 'Fifo', message: `a message of a FIFO queue must go to a FIFO queue, got: ${shortName(to.queueUrl)}; give --to-queue NAME` };
  }
  if (to.isFifo && Attributes?.MessageGroupId === undefined) {
    return { name: 'NoGroup', message: `a message of the FIFO queue ${shortName(to.queueUrl)} must have a group, got: none; give --to-queue NAME` };
  }
  return undefined;
}

function typeOf({ isFifo }: Pick<QueueState, 'isFifo'>): string {
  return isFifo ? 'FIFO' : 'standard';
}
