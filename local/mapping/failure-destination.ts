import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Account } from '../account';
import type { ServiceEndpoints } from '../endpoints';
import { Destination, type DestinationDeps } from '../functions/destination';
import type { LambdaEvent } from './batch';
import type { FailureRecord } from './failure-record';
import type { MappingSpec } from './mapping-spec';
import { objectBody, payloadText } from './s3-object';

/** AWS documents and writes a JSON string. An emulator and snapshots have an object, so readers must accept both. */
export type S3Payload = 'string' | 'object';

/** Where failure records go. */
export interface FailureDestination {
  /** @param event the function's event with the records that were given up */
  send(failureRecord: FailureRecord, event: LambdaEvent): Promise<void>;
  close(): void;
}

export interface FailureDestinationDeps extends DestinationDeps {
  /** The gateway's. The gateway denies what the role does not allow. */
  readonly endpoints: Pick<ServiceEndpoints, 'sqs' | 'sns' | 's3'>;
  /** How an S3 destination holds the payload. @default 'string' */
  readonly s3Payload?: S3Payload;
}

/** Creates the destination of a mapping, which uses the function's role. A queue or topic gets no records. */
export function createFailureDestination(
  { uuid, onFailureArn }: MappingSpec,
  roleArn: string,
  deps: FailureDestinationDeps,
): FailureDestination {
  const arn = onFailureArn!;
  if (arn.split(':')[2] === 's3') {
    return new S3Destination({ bucketArn: arn, mappingUuid: uuid, roleArn, payload: deps.s3Payload ?? 'string', ...deps });
  }
  const destination = new Destination(arn, roleArn, deps);
  return {
    send: async (failureRecord) => destination.send(JSON.stringify(failureRecord)),
    close: () => destination.close(),
  };
}

interface S3DestinationOptions {
  readonly bucketArn: string;
  readonly mappingUuid: string;
  readonly roleArn: string;
  readonly payload: S3Payload;
  readonly account: Account;
  readonly endpoints: Pick<ServiceEndpoints, 's3'>;
}

/** A bucket that gets an object for each failure record, including the event. */
class S3Destination implements FailureDestination {
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
