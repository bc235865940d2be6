import type { ResourceType } from '../resource-type';
import { alarm, compositeAlarm } from './cloudwatch-alarm';
import { dashboard } from './cloudwatch-dashboard';
import { globalTable } from './dynamodb-global-table';
import { table } from './dynamodb-table';
import { rule } from './events-rule';
import { managedPolicy, policy } from './iam-policies';
import { role } from './iam-role';
import { stream } from './kinesis-stream';
import { streamConsumer } from './kinesis-stream-consumer';
import { keyAlias } from './kms-alias';
import { key } from './kms-key';
import { alias } from './lambda-alias';
import { eventInvokeConfig } from './lambda-event-invoke-config';
import { eventSourceMapping } from './lambda-event-source-mapping';
import { lambdaFunction } from './lambda-function';
import { permission } from './lambda-permission';
import { version } from './lambda-version';
import { logGroup } from './logs-log-group';
import { bucketPolicy, kinesisResourcePolicy, queuePolicy, topicPolicy } from './resource-policies';
import { autoDeleteObjects } from './s3-auto-delete-objects';
import { bucket } from './s3-bucket';
import { subscription } from './sns-subscription';
import { topic } from './sns-topic';
import { queue } from './sqs-queue';

const all: readonly ResourceType[] = [
  stream, streamConsumer, kinesisResourcePolicy,
  table, globalTable,
  topic, topicPolicy, subscription,
  queue, queuePolicy,
  bucket, bucketPolicy, autoDeleteObjects, rule,
  role, policy, managedPolicy,
  lambdaFunction, version, alias, permission, eventSourceMapping, eventInvokeConfig,
  key, keyAlias,
  logGroup, alarm, compositeAlarm, dashboard,
];

/** Every resource type that can be deployed, by its CloudFormation name. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(all.map((type) => [type.type, type]));
