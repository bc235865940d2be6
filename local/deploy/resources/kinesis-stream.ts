import {
  CreateStreamCommand, DecreaseStreamRetentionPeriodCommand, DeleteStreamCommand, DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand, StartStreamEncryptionCommand, StopStreamEncryptionCommand, type StreamMode,
  UpdateStreamModeCommand, waitUntilStreamExists, waitUntilStreamNotExists,
} from '@aws-sdk/client-kinesis';
import type { Account } from '../../account';
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
    const mode = modeOf(properties);
    const onDemand = mode === 'ON_DEMAND';
    if (!onDemand && properties.ShardCount === undefined) {
      throw new Error('property ShardCount is required unless StreamModeDetails.StreamMode is ON_DEMAND');
    }
    const { keyId, key } = encryptionOf(account, properties);
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
      await retain(clients, name, properties.RetentionPeriodHours);
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
  updatable: ['RetentionPeriodHours', 'StreamEncryption', 'StreamModeDetails'],
  async update({ created, before, after }, { account, clients }) {
    const { physicalId: name, attributes: { Arn: arn } } = created;
    const { keyId, key } = encryptionOf(account, after);
    await retain(clients, name, after.RetentionPeriodHours);
    await active(clients, name);
    if (modeOf(before) !== modeOf(after)) {
      await clients.kinesis.send(new UpdateStreamModeCommand({ StreamARN: arn, StreamModeDetails: { StreamMode: modeOf(after) } }));
      await active(clients, name);
    }
    const old = encryptionOf(account, before);
    if (old.key === key) return created;
    const encryption = { StreamName: name, EncryptionType: 'KMS' } as const;
    if (key !== undefined) {
      await clients.kinesis.send(new StartStreamEncryptionCommand({ ...encryption, KeyId: keyId }));
      account.encryption.set(arn, key);
    } else {
      await clients.kinesis.send(new StopStreamEncryptionCommand({ ...encryption, KeyId: old.keyId }));
      account.encryption.delete(arn);
    }
    await active(clients, name);
    return created;
  },
});

interface StreamProperties {
  readonly StreamModeDetails?: { readonly StreamMode?: string };
  readonly StreamEncryption?: { readonly EncryptionType?: string; readonly KeyId?: string };
}

function modeOf({ StreamModeDetails: details }: StreamProperties): StreamMode {
  return (details?.StreamMode ?? 'PROVISIONED') as StreamMode;
}

function encryptionOf(account: Account, { StreamEncryption: encryption }: StreamProperties): { readonly keyId?: string; readonly key?: string } {
  const { KeyId: keyId, EncryptionType: type } = encryption ?? {};
  if (keyId === undefined) return {};
  if (type !== 'KMS') throw new Error(`property StreamEncryption.EncryptionType must be KMS, got: ${type}`);
  return { keyId, key: keyArn(account, keyId) };
}

const polling = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 };

async function retain({ kinesis }: Clients, name: string, hours = DEFAULT_RETENTION_HOURS): Promise<void> {
  const { StreamDescriptionSummary: summary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
  const now = summary!.RetentionPeriodHours!;
  const period = { StreamName: name, RetentionPeriodHours: hours };
  if (hours > now) await kinesis.send(new IncreaseStreamRetentionPeriodCommand(period));
  if (hours < now) await kinesis.send(new DecreaseStreamRetentionPeriodCommand(period));
}

/** Waits until the stream takes calls, and gives the ARN under which the emulator holds it. */
async function active(clients: Clients, name: string): Promise<string | undefined> {
  const result = await waitUntilStreamExists({ client: clients.kinesis, ...polling }, { StreamName: name });
  const answer = result.reason as { StreamDescription?: { StreamARN?: string } } | undefined;
  return answer?.StreamDescription?.StreamARN;
}
