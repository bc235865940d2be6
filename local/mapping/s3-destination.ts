import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Account } from '../account';
import type { LambdaEvent } from './batch';
import type { FailureDestination } from './failure-destination';
import type { FailureRecord } from './failure-record';
import { objectBody, payloadText } from './s3-object';

/** AWS documents and writes a JSON string. An object has been seen in an emulator and in snapshots: a reader has to stand both. */
export type S3Payload = 'string' | 'object';

export interface S3DestinationOptions {
  readonly bucketArn: string;
  readonly mappingUuid: string;
  readonly roleArn: string;
  readonly payload: S3Payload;
  readonly account: Account;
  /** The gateway's: what the role may not do is refused there. */
  readonly endpoints: { readonly s3: string };
}

/** A bucket that gets every failure record as an object of its own, the event with it. */
export class S3Destination implements FailureDestination {
  private readonly client: S3Client;

  constructor(private readonly options: S3DestinationOptions) {
    const { account, endpoints, roleArn } = options;
    this.client = new S3Client({
      region: account.region,
      credentials: account.credentialsFor(roleArn),
      endpoint: endpoints.s3,
      forcePathStyle: true,
      requestHandler: new NodeHttpHandler(),
    });
  }

  async send(failureRecord: FailureRecord, event: LambdaEvent): Promise<void> {
    const { bucketArn, mappingUuid, payload } = this.options;
    await this.client.send(new PutObjectCommand({
      Bucket: bucketArn.split(':').pop(),
      Key: objectKey(failureRecord, mappingUuid),
      Body: objectBody(failureRecord, payload === 'string' ? payloadText(event) : event),
      ContentType: 'application/octet-stream',
    }));
  }

  close(): void {
    this.client.destroy();
  }
}

/** `aws/lambda/<mapping>/<shard>/2026/11/20/2026-11-20T10.00.00-<random UUID>` */
function objectKey(failureRecord: FailureRecord, mappingUuid: string): string {
  const { timestamp, KinesisBatchInfo: kinesis, DDBStreamBatchInfo: dynamo } = failureRecord;
  const { shardId } = (kinesis ?? dynamo)!;
  const [day, time] = timestamp.slice(0, '2026-11-20T10:00:00'.length).split('T');
  return `aws/lambda/${mappingUuid}/${shardId}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${randomUUID()}`;
}
