import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AuditStack } from '../../examples/typescript/audit/app';
import { OrdersStack } from '../../examples/typescript/orders/app';
import { Alarms, DynamoStreamProcessor, FailureCapture, Idempotency, KinesisStreamProcessor, QueueProcessor, RedriveFunction } from '../../src';
import { processorProps } from './app';
import { partitionKey } from './tables';

/** The examples, and what they leave out: together everything that this library defines, with its defaults. */
export function stacksWithDefaults(app: App): void {
  new OrdersStack(app, 'Orders');
  new AuditStack(app, 'Audit');
  new KinesisStreamProcessor(new Stack(app, 'S3Capture'), 'Orders', { processorProps, capture: FailureCapture.s3() });
  const redrive = new Stack(app, 'Redrive');
  const { dlq } = new KinesisStreamProcessor(redrive, 'Orders', { processorProps, alarms: Alarms.all(), idempotency: Idempotency.table() });
  new RedriveFunction(redrive, 'Redrive', { dlq });
  new QueueProcessor(new Stack(app, 'Queue'), 'Orders', { processorProps, alarms: Alarms.all() });
}

/** The same with every option that docs/compliance.md names. */
export function stackThatFollowsAll(app: App): void {
  const stack = new Stack(app, 'FollowsAll');
  const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  const serverAccessLogsBucket = s3.Bucket.fromBucketName(stack, 'AccessLogs', 'access-logs');
  const bucket = (id: string) => new s3.Bucket(stack, id, {
    encryptionKey, serverAccessLogsBucket, versioned: true, enforceSSL: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0', availabilityZones: ['eu-west-1a'], privateSubnetIds: ['subnet-0123456789abcdef0'],
  });
  const options = { vpc, reservedConcurrentExecutions: 5 };
  const processor = { ...processorProps, ...options, environmentEncryption: encryptionKey };
  const overflowBucket = bucket('Overflow');

  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', {
    processorProps: processor, streamProps: { encryptionKey }, encryptionKey, overflowBucket, capture: FailureCapture.hydrate(options),
    idempotency: Idempotency.table({ pointInTimeRecovery: true }),
  });
  new RedriveFunction(stack, 'Redrive', { dlq, ...options });
  new QueueProcessor(stack, 'Jobs', { processorProps: processor, encryptionKey });
  new DynamoStreamProcessor(stack, 'Audit', {
    processorProps: processor, encryptionKey, overflowBucket, capture: FailureCapture.s3({ ...options, bucket: bucket('Capture') }),
    tableProps: { partitionKey, pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } },
  });
}
