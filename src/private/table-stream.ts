import { CfnResource, Resource } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, ITable } from 'aws-cdk-lib/aws-dynamodb';
import { fail, isKnown } from './checks';
import { renderedProperties } from './resource-properties';
import { resourceOf } from './source-of-mapping';

const NO_STREAM = 'the table must have a stream, got: none; ';
const VIEW = 'StreamViewType.NEW_AND_OLD_IMAGES';

/** Says what to give a table that is imported, and where it is found. */
const IMPORT_WITH_STREAM =
  'import it with `tableStreamArn` by Table.fromTableAttributes() or TableV2.fromTableAttributes() (LatestStreamArn of `aws dynamodb ' +
    'describe-table`)';

/** ARN of the stream of a table, which must have one. */
export function streamArnOf(table: ITable): string {
  const { tableStreamArn } = table;
  if (!tableStreamArn) {
    fail(
      table,
      NO_STREAM + (Resource.isOwnedResource(table) ? `set \`stream: ${VIEW}\` where the table is defined` : IMPORT_WITH_STREAM),
    );
  }
  // What the CDK makes up for a replica; it serves permissions, and no mapping takes it.
  if (tableStreamArn.endsWith('/stream/*')) {
    fail(
      table,
      'the ARN of the stream must be known, got: a wildcard for the streams of a replica; in a stack of the Region of the replica, ' +
        `${IMPORT_WITH_STREAM}`,
    );
  }
  if (isKnown(tableStreamArn) && !/^arn:[^:]+:dynamodb:[^:]+:[^:]+:table\/[^/]+\/stream\/[^/]+$/.test(tableStreamArn)) {
    fail(table, `\`tableStreamArn\` must be the ARN of a stream, got: ${tableStreamArn}; ${IMPORT_WITH_STREAM}`);
  }
  return tableStreamArn;
}

/**
 * ARN of any stream that a table ever has. One that is turned off and on or given another view type has a new one, while failures of
 * the old one may be under way: it can be read for a day.
 */
export function anyStreamOf(table: ITable, streamArn: string): string {
  return `${tableArnOf(table, streamArn)}/stream/*`;
}

/** ARN of a table. Of one that is imported, the ARN of its stream is what is certain. */
export function tableArnOf(table: ITable, streamArn: string): string {
  return isKnown(streamArn) ? streamArn.split('/stream/')[0] : table.tableArn;
}

/** Region of the stream of a table. Of a table that is imported the CDK takes it for that of the stack, whatever its ARN says. */
export function regionOfStream(table: ITable, streamArn: string): string {
  return isKnown(streamArn) ? streamArn.split(':')[3] : table.env.region;
}

/** Account and Region of a table: the same holds for them. */
export function environmentOf({ tableArn, env }: ITable): Pick<ITable['env'], 'account' | 'region'> {
  if (!isKnown(tableArn)) return env;
  const [, , , region, account] = tableArn.split(':');
  return { account, region };
}

/** Tables that are checked at synth already. */
const validated = new WeakSet<ITable>();

/** A table of the second generation names a stream whether it has one or not: that is settled at synth, when its replicas are. */
export function validateAtSynth(table: ITable, streamArn: string): void {
  const resource = tableOf(streamArn);
  if (!resource || validated.has(table)) return;
  validated.add(table);
  table.node.addValidation({
    validate: () => {
      const rendered = renderedProperties(resource);
      // A replica takes the stream from the table that it is one of.
      return rendered.StreamSpecification === undefined && !isOfTableElsewhere(rendered)
        ? [`${NO_STREAM}set \`dynamoStream: ${VIEW}\` of a TableV2, or \`streamSpecification\` of a resource`]
        : [];
    },
  });
}

/** Whether a stream is that of a table with replicas, as far as the app tells. */
export function isOfGlobalTable(streamArn: string): boolean {
  const resource = tableOf(streamArn);
  if (!resource) return false;
  if (resource.cfnResourceType === CfnGlobalTable.CFN_RESOURCE_TYPE_NAME) {
    const rendered = renderedProperties(resource);
    return isOfTableElsewhere(rendered) || (Array.isArray(rendered.Replicas) && rendered.Replicas.length > 1);
  }
  // The first generation has its replicas made by custom resources beside the table.
  return (
    resource.node.id === 'Resource' &&
    resource.node.scope!.node.findAll().some((it) => CfnResource.isCfnResource(it) && it.cfnResourceType === 'Custom::DynamoDBReplica')
  );
}

/** Whether a table is a replica of one of another account: the CDK's `TableV2MultiAccountReplica`, which its oldest version here has not. */
function isOfTableElsewhere(rendered: Record<string, unknown>): boolean {
  return rendered.GlobalTableSourceArn !== undefined;
}

/** The resource behind the stream, where it is a table of this app. */
function tableOf(streamArn: string): CfnTable | CfnGlobalTable | undefined {
  const resource = resourceOf(streamArn);
  switch (resource?.cfnResourceType) {
    case CfnTable.CFN_RESOURCE_TYPE_NAME:
      return resource as CfnTable;
    case CfnGlobalTable.CFN_RESOURCE_TYPE_NAME:
      return resource as CfnGlobalTable;
    default:
      return undefined;
  }
}
