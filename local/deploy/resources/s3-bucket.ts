import { CreateBucketCommand, DeleteBucketCommand } from '@aws-sdk/client-s3';
import { bucketArn, keyArn } from '../arns';
import { unsupported, type PropertyValue } from '../property-types';
import { type ResourceContext, resourceType } from '../resource-type';

const byRule = unsupported('a bucket sends events to EventBridge only: declare EventBridgeConfiguration and an AWS::Events::Rule');

const settingProperties = {
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [{
      BucketKeyEnabled: 'unused',
      ServerSideEncryptionByDefault: { SSEAlgorithm: 'string', KMSMasterKeyID: 'string' },
    }],
  },
  NotificationConfiguration: {
    EventBridgeConfiguration: { EventBridgeEnabled: 'boolean' },
    LambdaConfigurations: byRule,
    QueueConfigurations: byRule,
    TopicConfigurations: byRule,
  },
  Tags: [{ Key: 'string', Value: 'string' }],
} as const;

export const bucket = resourceType({
  type: 'AWS::S3::Bucket',
  properties: {
    BucketName: 'string',
    ...settingProperties,
    // Objects do not age here.
    LifecycleConfiguration: 'unused',
    // Nobody outside the account can ask.
    PublicAccessBlockConfiguration: 'unused',
    OwnershipControls: 'unused',
    AccessControl: 'unused',
    LoggingConfiguration: 'unused',
    VersioningConfiguration: unsupported('the emulator keeps one version of an object'),
    ObjectLockEnabled: unsupported('the emulator keeps one version of an object'),
    ObjectLockConfiguration: unsupported('the emulator keeps one version of an object'),
    ReplicationConfiguration: unsupported('there is one region'),
    CorsConfiguration: unsupported('no browser asks'),
    WebsiteConfiguration: unsupported('no browser asks'),
  },
  async create(properties, context) {
    const { account, clients, state, generatedName } = context;
    const name = properties.BucketName ?? generatedName(63).toLowerCase();
    const arn = bucketArn(account, name);
    const apply = settings(name, properties, context);
    await clients.s3.send(new CreateBucketCommand({ Bucket: name }));
    apply();
    const host = `${name}.s3.${account.region}.amazonaws.com`;
    return {
      physicalId: name,
      attributes: {
        Arn: arn,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: host,
        DualStackDomainName: `${name}.s3.dualstack.${account.region}.amazonaws.com`,
      },
      async delete() {
        await clients.s3.send(new DeleteBucketCommand({ Bucket: name }));
        account.encryption.delete(arn);
        account.eventBridgeBuckets.delete(name);
        state.autoDeleteBuckets.delete(name);
      },
    };
  },
  updatable: ['BucketEncryption', 'NotificationConfiguration', 'Tags'],
  async update({ created, after }, context) {
    settings(created.physicalId, after, context)();
    return created;
  },
});

/** The tag that the CDK's `autoDeleteObjects` adds: objects of a bucket that has lost it are kept. */
const AUTO_DELETE = 'aws-cdk:auto-delete-objects';

/** Checks the settings, and returns a function that applies them. */
function settings(name: string, properties: PropertyValue<typeof settingProperties>, { account, state }: ResourceContext): () => void {
  const arn = bucketArn(account, name);
  const [rule] = properties.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId } = rule?.ServerSideEncryptionByDefault ?? {};
  const key = algorithm?.startsWith('aws:kms') ? keyArn(account, keyId ?? 'alias/aws/s3') : undefined;
  const eventBridge = properties.NotificationConfiguration?.EventBridgeConfiguration;
  const sendsEvents = eventBridge && (eventBridge.EventBridgeEnabled ?? true);
  const autoDeletes = properties.Tags?.some(({ Key: tag, Value: value }) => tag === AUTO_DELETE && value === 'true');
  return () => {
    if (key === undefined) account.encryption.delete(arn);
    else account.encryption.set(arn, key);
    for (const [buckets, isIn] of [[account.eventBridgeBuckets, sendsEvents], [state.autoDeleteBuckets, autoDeletes]] as const) {
      if (isIn) buckets.add(name);
      else buckets.delete(name);
    }
  };
}
