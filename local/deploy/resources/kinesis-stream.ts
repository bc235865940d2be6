import {
  CreateStreamCommand, DeleteStreamCommand, IncreaseStreamRetentionPeriodCommand, StartStreamEncryptionCommand,
  type StreamMode, waitUntilStreamExists, waitUntilStreamNotExists,
} from '@aws-sdk/client-kinesis';
import { expectArn, keyArn } from '../arns';
import type { Clients } from '../clients';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

const DEFAULT_RETENTION_HOURS = 24;
/** Shards that a new on-demand stream starts with. */
const ON_DEMAND_SHARDS = 4;

export const stream = resourceType({
  type: 'AWS::Kinesis::Stream',
  properties: {
    Name: 'string',
    ShardCount: 'number',
    RetentionPeriodHours: 'number',
    StreamModeDetails: { StreamMode: 'string' },
    StreamEncryption: { EncryptionType: 'string', KeyId: 'string' },
    DesiredShardLevelMetrics: 'unused',
    Tags: 'unused',
    MaxRecordSizeInKiB: unsupported('the emulator takes records of up to 1 MiB'),
    WarmThroughputMiBps: unsupported('throughput is not emulated'),
  },
  async create(properties, { account, clients, generatedName }) {
    const mode = (properties.StreamModeDetails?.StreamMode ?? 'PROVISIONED') as StreamMode;
    const onDemand = mode === 'ON_DEMAND';
    if (!onDemand && properties.ShardCount === undefined) {
      throw new Error('property ShardCount is required unless StreamModeDetails.StreamMode is ON_DEMAND');
    }
    const { KeyId: keyId, EncryptionType: encryption } = properties.StreamEncryption ?? {};
    if (keyId !== undefined && encryption !== 'KMS') {
      throw new Error(`property StreamEncryption.EncryptionType must be KMS, got: ${encryption}`);
    }
    const key = keyId === undefined ? undefined : keyArn(account, keyId);
    const name = properties.Name ?? generatedName(128);
    const arn = account.arn('kinesis', `stream/${name}`);
    const remove = async () => {
      await clients.kinesis.send(new DeleteStreamCommand({ StreamName: name, EnforceConsumerDeletion: true }));
      await waitUntilStreamNotExists({ client: clients.kinesis, ...polling }, { StreamName: name });
      account.encryption.delete(arn);
    };

    await clients.kinesis.send(new CreateStreamCommand({
      StreamName: name,
      // The emulator has no shard count of its own for on-demand streams; their number never changes there.
      ShardCount: onDemand ? ON_DEMAND_SHARDS : properties.ShardCount,
      StreamModeDetails: { StreamMode: mode },
    }));
    try {
      expectArn(arn, await active(clients, name));
      await retain(clients, name, properties.RetentionPeriodHours ?? DEFAULT_RETENTION_HOURS);
      if (key !== undefined) {
        await clients.kinesis.send(new StartStreamEncryptionCommand({
          StreamName: name, EncryptionType: 'KMS', KeyId: keyId,
        }));
        account.encryption.set(arn, key);
      }
      await active(clients, name);
    } catch (error) {
      await remove();
      throw error;
    }

    return { physicalId: name, attributes: { Arn: arn }, delete: remove };
  },
});

const polling = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 };

async function retain(clients: Clients, name: string, hours: number): Promise<void> {
  if (hours === DEFAULT_RETENTION_HOURS) return;
  const command = new IncreaseStreamRetentionPeriodCommand({ StreamName: name, RetentionPeriodHours: hours });
  await clients.kinesis.send(command);
}

/** Waits until the stream takes calls, and gives the ARN under which the emulator holds it. */
async function active(clients: Clients, name: string): Promise<string | undefined> {
  const result = await waitUntilStreamExists({ client: clients.kinesis, ...polling }, { StreamName: name });
  const answer = result.reason as { StreamDescription?: { StreamARN?: string } } | undefined;
  return answer?.StreamDescription?.StreamARN;
}
