import { Stack } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { DlqParts } from './dlq-parts';
import { mappingsOfApp } from './mappings-of-app';
import { reportMissingAlarms } from './missing-alarms';
import { queueUsage } from './queue-usage';
import { renderedProperties } from './resource-properties';
import { checkAtSynth, Rule } from './rules';
import { identityOfStream, isSameResource, resourceOf } from './source-of-mapping';
import { isOfGlobalTable } from './table-stream';

/** What synth knows of a `StreamDlq` of this app. */
export interface DlqFacts {
  readonly hasMapping: boolean;
  readonly hasRedriveFunction: boolean;
  readonly undeliverableQueue: IConstruct;
  /** The services that send to the undeliverable queue, in words. */
  readonly undeliverableSenders: string;
}

/** What synth knows of the readers of the stream of a table. */
export interface TableReaderFacts {
  /** Path or ARN of the table. */
  readonly table?: string;
  readonly isGlobalTable: boolean;
  /** How many enabled mappings of this app read the stream. */
  readonly mappings: number;
}

/** What synth knows of a stream or a table that the hydrate function reads. */
export interface SourceKeyFacts {
  /** Path or ARN. */
  readonly source?: string;
  /** The customer managed key of its resource, as in the template. */
  readonly key?: string;
  /** Whether the source has the key, so that the function may use it. */
  readonly isGranted: boolean;
}

/** How many may read a shard of the stream of a table at a time. */
const READERS_PER_SHARD = 2;

const READ_BY_LAMBDA_ONLY =
  'use FailureCapture.s3() as `capture`, which does not read the stream: more readers can be throttled while the hydrate function reads';

export const DLQ_RULES: readonly Rule<DlqFacts>[] = [
  {
    id: 'streamDlqWithoutMapping',
    level: 'warning',
    // With a RedriveFunction, `redriveWithoutProcessor` says it.
    condition: ({ hasMapping, hasRedriveFunction }) => !hasMapping && !hasRedriveFunction,
    message: () =>
      'the StreamDlq should be the `onFailure` of a mapping, got: no mapping in this app; pass it to an event source as ' +
      '`onFailure`, or acknowledge this warning if a mapping of another app sends to it',
  },
  {
    id: 'undeliverableQueueWithoutPolicy',
    level: 'warning',
    // The CDK adds a policy where it can. The functions and Lambda send by the policies of their roles; SNS and EventBridge have no role.
    condition: ({ undeliverableQueue }) => !undeliverableQueue.node.tryFindChild('Policy'),
    message: ({ undeliverableQueue: { node: { path } }, undeliverableSenders }) =>
      `\`undeliverableQueue\` should have a policy that this app can extend, got: an imported queue, '${path}'; allow sqs:SendMessage to ` +
      `${undeliverableSenders} in its policy, and acknowledge this warning: without it, events that cannot be delivered to the function are lost`,
  },
];

export const TABLE_READER_RULES: readonly Rule<TableReaderFacts>[] = [
  {
    id: 'globalTableReaders',
    level: 'warning',
    condition: ({ isGlobalTable }) => isGlobalTable,
    message: ({ table }) =>
      'the stream of a global table should have one reader, as AWS recommends, got: the hydrate function and the mapping of ' +
      `'${table}'; ${READ_BY_LAMBDA_ONLY}`,
  },
  {
    id: 'readersPerShard',
    level: 'warning',
    condition: ({ mappings }) => mappings >= READERS_PER_SHARD,
    message: ({ table, mappings }) =>
      `the stream of a table should have at most ${READERS_PER_SHARD} readers, which is the limit of DynamoDB, got: the hydrate function ` +
      `and ${mappings} mappings of '${table}'; ${READ_BY_LAMBDA_ONLY}`,
  },
];

export const SOURCE_KEY_RULES: readonly Rule<SourceKeyFacts>[] = [
  {
    id: 'sourceKeyNotKnown',
    level: 'warning',
    condition: ({ key, isGranted }) => key !== undefined && !isGranted,
    message: ({ source, key }) =>
      `a source that is encrypted with a customer managed key should have it as \`encryptionKey\`, got: '${source}' without one, whose ` +
      `resource names ${key}; import it by Stream.fromStreamAttributes() or Table.fromTableAttributes() with \`encryptionKey\`: the hydrate ` +
      'function cannot decrypt its records otherwise',
  },
];

/** Checks a `StreamDlq` of this app at synth. */
export function checkDlq(parts: DlqParts): void {
  const { dlq, queue, undeliverableQueue, mappings, captures } = parts;
  reportMissingAlarms(dlq, parts.alarms);
  checkAtSynth(dlq, DLQ_RULES, () => [
    {
      hasMapping:
        mappings.entries.length > 0 || mappingsOfApp(dlq).resources.some((it) => sendsTo(it, captures[0].destination.arn)),
      hasRedriveFunction: queueUsage(dlq, queue).redriveFunctions.entries.length > 0,
      undeliverableQueue,
      undeliverableSenders: captures.map(({ deliveredBy: { service, from } }) => `${service} from ${from}`).join(' and '),
    },
  ]);
}

/** Checks at synth whether the hydrate function is one reader too many of a table. */
export function checkTableReaders({ dlq, sources, captures }: DlqParts): void {
  checkAtSynth(dlq, TABLE_READER_RULES, () =>
    sources.entries
      .filter(({ isTable }) => isTable && captures[0].rereads)
      .map(({ streamArn }) => ({
        table: identityOfStream(streamArn),
        isGlobalTable: isOfGlobalTable(streamArn),
        mappings: mappingsOfApp(dlq).readers.get(identityOfStream(streamArn) ?? '') ?? 0,
      })),
  );
}

/** Checks at synth whether the hydrate function may use the keys of resources that stand alone, as those of templates. */
export function checkSourceKeys({ dlq, sources, captures }: DlqParts): void {
  checkAtSynth(dlq, SOURCE_KEY_RULES, () =>
    sources.entries
      .filter(() => captures[0].rereads)
      .map(({ streamArn, encryptionKey }) => ({
        source: identityOfStream(streamArn),
        key: customerKeyOf(streamArn),
        isGranted: encryptionKey !== undefined,
      })),
  );
}

function customerKeyOf(streamArn: string): string | undefined {
  const resource = resourceOf(streamArn);
  if (!resource) return undefined;
  const { StreamEncryption: ofStream, SSESpecification: ofTable } = renderedProperties(resource) as {
    StreamEncryption?: { KeyId?: unknown };
    SSESpecification?: { KMSMasterKeyId?: unknown };
  };
  const key = ofStream?.KeyId ?? ofTable?.KMSMasterKeyId;
  return key === undefined || String(key).includes('alias/aws/') ? undefined : JSON.stringify(key);
}

/** Whether the resource of a mapping, which binds nothing, names a destination. */
function sendsTo(mapping: CfnEventSourceMapping, destinationArn: string): boolean {
  const { onFailure } = (mapping.destinationConfig ?? {}) as CfnEventSourceMapping.DestinationConfigProperty;
  const { destination } = (onFailure ?? {}) as CfnEventSourceMapping.OnFailureProperty;
  if (destination !== undefined && isSameResource(destination, destinationArn)) return true;
  const rendered = renderedProperties(mapping).DestinationConfig as { OnFailure?: { Destination?: unknown } } | undefined;
  const named = rendered?.OnFailure?.Destination;
  return named !== undefined && JSON.stringify(named) === JSON.stringify(Stack.of(mapping).resolve(destinationArn));
}
