import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { ExtendedClient, HydrationStatus, MessageAttribute, UNDELIVERABLE_REASON } from '../../src/contract';
import { problemsOf, isStale, type ReceivedDeadLetter } from './dead-letter-check';
import type { Notification } from './notification';
import type { StreamHistory } from './stream-history';

/** Which service sent an undeliverable message. */
export type Sender = 'function' | 'async destination' | 'sns or sqs redrive' | 'rule';

export interface DeliveryReport {
  /** Different messages on the topic, or objects in the bucket. */
  readonly notifications: number;
  readonly failureRecords: number;
  /** Dead letters by id, each counted once. */
  readonly deadLetters: number;
  /** By status. An id that came with two of them counts for each. */
  readonly statuses: Readonly<Record<HydrationStatus, number>>;
  /** Messages that were pointers into a bucket. */
  readonly overflowed: number;
  /** Pointers that tell the size of another attempt's body. */
  readonly staleSizes: number;
  /** Undeliverable messages by who sent them. */
  readonly undeliverables: Readonly<Record<Sender, number>>;
  /** Failure records that are in the undeliverable queue only. */
  readonly undelivered: number;
  readonly duplicates: { readonly ids: number; readonly messages: number };
  /** Ids that came with different statuses, later ones being no better than the first. */
  readonly statusChanges: number;
  /** Notifications in neither queue. */
  readonly lost: readonly string[];
  /** Messages that must not be in a queue, or that have wrong content. */
  readonly wrong: readonly string[];
}

export interface Deliveries {
  readonly notifications: readonly Notification[];
  readonly deadLetters: readonly Message[];
  readonly undeliverables: readonly Message[];
  readonly s3: S3Client;
}

/** The checks that depend on the capture. */
export interface DeadLetterCheck {
  /** All problems of a dead letter. */
  problemsOf(received: ReceivedDeadLetter, notification: Notification): readonly string[];
  /** The notifications in an event of the function, as `Notification.message` has them. */
  messagesOf(event: unknown): readonly string[];
}

/** Compares the published notifications with the messages in the two queues, byte by byte. */
export async function checkDelivery({ history, ...evidence }: Deliveries & { readonly history: StreamHistory }): Promise<DeliveryReport> {
  return checkDeliveryWith({ problemsOf: (received, notification) => problemsOf(received, notification, history), messagesOf }, evidence);
}

export async function checkDeliveryWith(
  check: DeadLetterCheck,
  { notifications, deadLetters, undeliverables, s3 }: Deliveries,
): Promise<DeliveryReport> {
  const byId = new Map(notifications.flatMap((it) => (it.deadLetterId === undefined ? [] : [[it.deadLetterId, it] as const])));
  const byText = new Map(notifications.map((it) => [it.message, it]));
  const wrong: string[] = [];
  const statuses = { COMPLETE: 0, SUPERSET: 0, PARTIAL: 0, EXPIRED: 0, UNREADABLE: 0 };
  const letters = new Map<string, HydrationStatus[]>();
  let overflowed = 0;
  let staleSizes = 0;
  for (const message of deadLetters) {
    const received = await readDeadLetter(message, s3);
    // As a consumer has them: with S3 capture a body need not say them.
    const attribute = (name: string) => message.MessageAttributes![name].StringValue!;
    const [status, deadLetterId] = [attribute(MessageAttribute.STATUS), attribute(MessageAttribute.DEAD_LETTER_ID)];
    if (received.overflowBytes !== undefined) overflowed++;
    if (isStale(received)) staleSizes++;
    const notification = byId.get(deadLetterId);
    if (notification) wrong.push(...check.problemsOf(received, notification).map((fault) => `${notification.name}: ${fault}`));
    else wrong.push(`${deadLetterId}: a dead letter of nothing that was published`);
    letters.set(deadLetterId, [...(letters.get(deadLetterId) ?? []), status as HydrationStatus]);
  }
  for (const found of letters.values()) for (const status of new Set(found)) statuses[status]++;

  const senders = { 'function': 0, 'async destination': 0, 'sns or sqs redrive': 0, 'rule': 0 };
  const kept = new Set<string>();
  for (const message of undeliverables) {
    const { sender, texts, isAfterError } = undeliverable(message, check);
    senders[sender]++;
    for (const text of texts) {
      const notification = byText.get(text);
      if (!notification) wrong.push(`undeliverable that is not as it was published: ${text.slice(0, 100)}`);
      else if (sender === 'function' && notification.failure && !isAfterError) wrong.push(`${notification.name}: refused as no failure record`);
      else kept.add(notification.name);
    }
  }

  const isDead = (it: Notification) => it.deadLetterId !== undefined && letters.has(it.deadLetterId);
  const repeated = [...letters.values()].filter((found) => found.length > 1);
  return {
    notifications: notifications.length,
    failureRecords: byId.size,
    deadLetters: letters.size,
    statuses,
    overflowed,
    staleSizes,
    undeliverables: senders,
    undelivered: notifications.filter((it) => it.failure && !isDead(it) && kept.has(it.name)).length,
    duplicates: { ids: repeated.length, messages: repeated.reduce((sum, found) => sum + found.length - 1, 0) },
    statusChanges: repeated.filter((found) => new Set(found).size > 1).length,
    lost: notifications.filter((it) => !isDead(it) && !kept.has(it.name)).map(({ name }) => name),
    wrong,
  };
}

/** Reads a dead letter with its body, from the message or from the bucket. */
export async function readDeadLetter(message: Message, s3: S3Client): Promise<ReceivedDeadLetter> {
  if (!message.MessageAttributes?.[ExtendedClient.SIZE_ATTRIBUTE]) return { message, deadLetter: JSON.parse(message.Body!) as DeadLetter };
  const [, { s3BucketName: Bucket, s3Key: Key }] = JSON.parse(message.Body!) as [string, { s3BucketName: string; s3Key: string }];
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const text = await Body!.transformToString();
  return { message, deadLetter: JSON.parse(text) as DeadLetter, overflowBytes: Buffer.byteLength(text) };
}

interface FoundUndeliverable {
  readonly sender: Sender;
  readonly texts: readonly string[];
  /** Whether it is a failure record that failed too often. */
  readonly isAfterError?: boolean;
}

function undeliverable({ Body, MessageAttributes }: Message, check: DeadLetterCheck): FoundUndeliverable {
  const body = JSON.parse(Body!) as { readonly requestPayload?: unknown; readonly Message?: string };
  if (body.requestPayload) return { sender: 'async destination', texts: check.messagesOf(body.requestPayload) };
  const reason = MessageAttributes?.[UNDELIVERABLE_REASON]?.StringValue;
  // The name of an error is one word, and other reasons begin with several.
  if (reason !== undefined) return { sender: 'function', texts: check.messagesOf(body), isAfterError: /^\S+: /.test(reason) };
  if (MessageAttributes?.RULE_ARN) return { sender: 'rule', texts: check.messagesOf(body) };
  return { sender: 'sns or sqs redrive', texts: [body.Message!] };
}

function messagesOf(event: unknown): string[] {
  return [(event as { readonly Message: string }).Message];
}
