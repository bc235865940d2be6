import { CreateBucketCommand, DeleteBucketCommand } from '@aws-sdk/client-s3';
import { bucketArn, keyArn } from '../arns';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

const byRule = unsupported('a bucket sends events to EventBridge only: declare EventBridgeConfiguration and an AWS::Events::Rule');

export const bucket = resourceType({
  type: 'AWS::S3::Bucket',
  properties: {
    BucketName: 'string',
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{
        BucketKeyEnabled: 'unused',
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'string', KMSMasterKeyID: 'string' },
      }],
    },
    // Objects do not age here.
    LifecycleConfiguration: 'unused',
    // Nobody outside the account can ask.
    PublicAccessBlockConfiguration: 'unused',
    OwnershipControls: 'unused',
    AccessControl: 'unused',
    LoggingConfiguration: 'unused',
    Tags: 'unused',
    VersioningConfiguration: unsupported('the emulator keeps one version of an object'),
    NotificationConfiguration: {
      EventBridgeConfiguration: { EventBridgeEnabled: 'boolean' },
      LambdaConfigurations: byRule,
      QueueConfigurations: byRule,
      TopicConfigurations: byRule,
    },
    ObjectLockEnabled: unsupported('the emulator keeps one version of an object'),
    ObjectLockConfiguration: unsupported('the emulator keeps one version of an object'),
    ReplicationConfiguration: unsupported('there is one region'),
    CorsConfiguration: unsupported('no browser asks'),
    WebsiteConfiguration: unsupported('no browser asks'),
  },
  async create(properties, { account, clients, generatedName }) {
    const name = properties.BucketName ?? generatedName(63).toLowerCase();
    const arn = bucketArn(account, name);
    const [rule] = properties.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
    const { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId } = rule?.ServerSideEncryptionByDefault ?? {};
    const key = algorithm?.startsWith('aws:kms') ? keyArn(account, keyId ?? 'alias/aws/s3') : undefined;
    await clients.s3.send(new CreateBucketCommand({ Bucket: name }));
    if (key !== undefined) account.encryption.set(arn, key);
    const eventBridge = properties.NotificationConfiguration?.EventBridgeConfiguration;
    if (eventBridge && (eventBridge.EventBridgeEnabled ?? true)) account.eventBridgeBuckets.add(name);
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
      },
    };
  },
});
