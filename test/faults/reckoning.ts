import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambda/dead-letter';
import { ExtendedClient, HydrationStatus, UNDELIVERABLE_REASON } from '../../src/contract';
import type { Notification } from './notification';
import type { StreamHistory } from './stream-history';
import { faultsOf, isStale, type Received } from './verdict';

/** How an undeliverable came into its queue. */
export type Sender = 'function' | 'async destination' | 'sns redrive';

export interface Reckoning {
  /** Different messages on the topic. */
  readonly notifications: number;
  readonly failureRecords: number;
  /** Dead letters by id, each counted once. */
  readonly deadLetters: number;
  /** By status. An id that came with two of them counts for each. */
  readonly statuses: Readonly<Record<HydrationStatus, number>>;
  /** Messages that were pointers into the overflow bucket. */
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
  /** What is in a queue and should not be, or not so. */
  readonly wrong: readonly string[];
}

export interface Evidence {
  readonly notifications: readonly Notification[];
  readonly history: StreamHistory;
  readonly deadLetters: readonly Message[];
  readonly undeliverables: readonly Message[];
  readonly s3: S3Client;
}

/** Compares what was published with what is in the two queues, message by message and byte by byte. */
export async function reckon({ notifications, history, deadLetters, undeliverables, s3 }: Evidence): Promise<Reckoning> {
  const byId = new Map(notifications.flatMap((it) => (it.deadLetterId === undefined ? [] : [[it.deadLetterId, it] as const])));
  const byText = new Map(notifications.map((it) => [it.message, it]));
  const wrong: string[] = [];
  const statuses = { COMPLETE: 0, SUPERSET: 0, PARTIAL: 0, EXPIRED: 0, UNREADABLE: 0 };
  const letters = new Map<string, HydrationStatus[]>();
  let overflowed = 0;
  let staleSizes = 0;
  for (const message of deadLetters) {
    const received = await receive(message, s3);
    const { status, deadLetterId } = received.letter.hydration;
    if (received.overflowBytes !== undefined) overflowed++;
    if (isStale(received)) staleSizes++;
    const notification = byId.get(deadLetterId);
    if (notification) wrong.push(...faultsOf(received, notification, history).map((fault) => `${notification.name}: ${fault}`));
    else wrong.push(`${deadLetterId}: a dead letter of nothing that was published`);
    letters.set(deadLetterId, [...(letters.get(deadLetterId) ?? []), status]);
  }
  for (const found of letters.values()) for (const status of new Set(found)) statuses[status]++;

  const senders = { function: 0, 'async destination': 0, 'sns redrive': 0 };
  const kept = new Set<string>();
  for (const message of undeliverables) {
    const { sender, texts } = undeliverable(message);
    senders[sender]++;
    for (const text of texts) {
      const notification = byText.get(text);
      if (!notification) wrong.push(`undeliverable that is not as it was published: ${text.slice(0, 100)}`);
      else if (sender === 'function' && notification.failure) wrong.push(`${notification.name}: refused as no failure record`);
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

/** A dead letter with its body, wherever that is. */
export async function receive(message: Message, s3: S3Client): Promise<Received> {
  if (!message.MessageAttributes?.[ExtendedClient.SIZE_ATTRIBUTE]) return { message, letter: JSON.parse(message.Body!) as DeadLetter };
  const [, { s3BucketName: Bucket, s3Key: Key }] = JSON.parse(message.Body!) as [string, { s3BucketName: string; s3Key: string }];
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const text = await Body!.transformToString();
  return { message, letter: JSON.parse(text) as DeadLetter, overflowBytes: Buffer.byteLength(text) };
}

interface Notifications {
  readonly Records: readonly { readonly Sns: { readonly Message: string } }[];
}

function undeliverable({ Body, MessageAttributes }: Message): { readonly sender: Sender; readonly texts: readonly string[] } {
  const body = JSON.parse(Body!) as Partial<Notifications> & { readonly requestPayload?: Notifications; readonly Message?: string };
  if (body.requestPayload) return { sender: 'async destination', texts: messagesOf(body.requestPayload) };
  if (MessageAttributes?.[UNDELIVERABLE_REASON]) return { sender: 'function', texts: messagesOf(body as Notifications) };
  return { sender: 'sns redrive', texts: [body.Message!] };
}

function messagesOf({ Records }: Notifications): string[] {
  return Records.map(({ Sns }) => Sns.Message);
}
