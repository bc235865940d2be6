import { isDynamoDb, streamOf } from '../../../lambda/shared/dead-letter/failure-record';
import { OperatorActions, OVERFLOW_PREFIX } from '../../../src/contract';
import { deliveriesTo, listMappings } from '../../aws/deliveries';
import { environmentValues } from '../../aws/dlq-group';
import { RescueActions } from '../../aws/rescue-actions';
import { CliError } from '../../cli-error';
import type { Context } from '../../context';
import type { Dlq } from '../../dlq';
import { type ObjectPrefix, objectPrefixIn } from '../rescue/object-prefix';
import { bucketArn, keyArn, logGroupArn, type Place, placeOf, queueArn } from './arns';
import { bucketOf, ifTold, keysOfStreams, keysOfTables } from './keys';
import { allow, allowKeys, type PolicyDocument, type Statement } from './operator-policy';

export interface RescuePolicyOptions {
  readonly delete?: boolean;
  readonly toQueue?: string;
  readonly toStack?: string;
  /** `s3://bucket/prefix` */
  readonly from?: string;
  readonly stream?: readonly string[];
}

/** The identity policy of somebody who runs "rescue": each statement names what it is about, as far as AWS allows. */
export async function rescuePolicy(context: Context, options: RescuePolicyOptions): Promise<PolicyDocument> {
  const { queue, stack } = context.options;
  const objects = options.from === undefined ? undefined : objectPrefixIn(options.from);
  const isNamed = queue !== undefined || stack !== undefined;
  const source = isNamed ? await context.dlq(queue === undefined ? undefined : { queue, isAlone: true }) : undefined;
  if (!source && !objects && !options.stream) {
    throw new CliError('policy --rescue needs a source: --queue with the queue of the failure records, --from s3://bucket/prefix, or --stream for a file.');
  }
  const streams = options.stream ?? await streamsTo(context, source, objects);
  if (streams.length === 0 && !objects) {
    throw new CliError(`--stream must name the streams, got: none, and no mapping sends its failure records to ${source?.queueUrl}; give --stream ARN`);
  }
  const [tables, kinesis] = [streams.filter(isDynamoDb).map(tableOf), streams.filter((arn) => !isDynamoDb(arn)).map(streamOf)];
  const target = options.toQueue === undefined && options.toStack === undefined
    ? undefined
    : await context.dlq({ queue: options.toQueue, stack: options.toStack, prefix: 'to-' });
  const place = placeOf(source?.queueArn ?? streams[0] ?? target?.queueArn ?? 'arn:aws');
  const keys = [
    ...(source ? keyArn(source.kmsKeyId, placeOf(source.queueArn)) : []),
    ...await keysOfStreams(context, kinesis),
    ...await keysOfTables(context, tables),
    ...(objects ? (await bucketOf(context, objects.bucket, place)).keys : []),
  ];
  const sources = source ? [source.queueArn, ...environmentValues(source.functions, 'UNDELIVERABLE_QUEUE_URL').map((url) => queueArn(url, placeOf(source.queueArn)))] : [];
  const statements = [
    allow('ReadFailureRecords', RescueActions.QUEUE, sources),
    allow('DeleteFailureRecords', RescueActions.DELETE, options.delete ? sources : []),
    ...(objects ? readObjects(objects, place) : []),
    allow('ReadStreams', RescueActions.KINESIS, kinesis),
    allow('ReadStreamsOfTables', RescueActions.TABLE_STREAM, tables.map((arn) => `${arn}/stream/*`)),
    ...allowKeys('ReadWithKeys', RescueActions.KEY, keys),
    ...(target ? await toTarget(context, target) : []),
    ...findStatements([...(source?.functions ?? []), ...(target?.functions ?? [])], target !== undefined || stack !== undefined),
  ];
  return { Version: '2012-10-17', Statement: statements.filter(({ Resource }) => Resource.length > 0) };
}

/** The streams whose mappings send failure records to a queue or a bucket. */
async function streamsTo(context: Context, source: Dlq | undefined, objects: ObjectPrefix | undefined): Promise<readonly string[]> {
  if (source && source.functions.length > 0) {
    const deliveries = await deliveriesTo(context, source.functions);
    return [...new Set(deliveries.map(({ streamArn }) => streamArn))];
  }
  const mappings = await ifTold(context, 'which streams have failure records there', async () => listMappings(context));
  const isTo = (destination: string): boolean => destination === source?.queueArn || (objects !== undefined && destination.endsWith(`:::${objects.bucket}`));
  return [...new Set(mappings.flatMap(({ EventSourceArn: arn, DestinationConfig: { OnFailure: { Destination: to = '' } = {} } = {} }) => (arn && isTo(to) ? [arn] : [])))];
}

/** A stream that is disabled and enabled again has a new ARN: all of the table are meant. */
function tableOf(streamArn: string): string {
  return streamArn.split('/stream/')[0];
}

function readObjects({ bucket, prefix }: ObjectPrefix, place: Place): Statement[] {
  const arn = bucketArn(bucket, place);
  return [
    allow('ListInvocationRecords', RescueActions.BUCKET, [arn], { StringLike: { 's3:prefix': `${prefix}*` } }),
    allow('ReadInvocationRecords', RescueActions.OBJECT, [`${arn}/${prefix}*`]),
  ];
}

/** What "import" needs of it. */
async function toTarget(context: Context, target: Dlq): Promise<Statement[]> {
  const place = placeOf(target.queueArn);
  const buckets = environmentValues(target.functions, 'OVERFLOW_BUCKET');
  const known = await Promise.all(buckets.map((name) => bucketOf(context, name, place)));
  const [own, foreign] = [false, true].map((isForeign) => new Set(known.filter((bucket) => bucket.isForeign === isForeign).map(({ name }) => name)));
  const objectsIn = (names: ReadonlySet<string>) => target.functions.flatMap(
    ({ environment: { OVERFLOW_BUCKET: name, OVERFLOW_PREFIX: prefix = OVERFLOW_PREFIX } = {} }) => (name && names.has(name) ? [`${bucketArn(name, place)}/${prefix}*`] : []),
  );
  const { OBJECT, AUDIT_LOG_GROUP } = OperatorActions.REDRIVE;
  return [
    allow('SendDeadLetters', RescueActions.TARGET, [target.queueArn]),
    allow('WriteLargeDeadLetters', OBJECT, objectsIn(own), { StringEquals: { 's3:ResourceAccount': place.accountId } }),
    allow('WriteLargeDeadLettersToOtherAccount', OBJECT, objectsIn(foreign)),
    ...allowKeys('WriteWithKeys', RescueActions.TARGET_KEY, [...keyArn(target.kmsKeyId, place), ...known.flatMap(({ keys }) => keys)]),
    allow('WriteAuditLog', AUDIT_LOG_GROUP, target.auditLogGroup ? [`${logGroupArn(target.auditLogGroup, place)}:*`] : []),
  ];
}

function findStatements(functions: Dlq['functions'], finds: boolean): Statement[] {
  const keys = functions.flatMap(({ environmentKey }) => environmentKey ?? []);
  return [
    allow('FindFunctions', RescueActions.ACCOUNT, finds ? ['*'] : []),
    allow('ReadFunctions', OperatorActions.READ.FUNCTION, functions.map(({ functionArn }) => functionArn)),
    ...allowKeys('ReadKeysOfFunctions', RescueActions.KEY, keys),
  ];
}
