import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { ServiceEndpoints } from '../endpoints';

/** The administrator's SDK clients, which call the emulators directly: CloudFormation does not use the roles that it creates. */
export class Clients {
  readonly kinesis: KinesisClient;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly dynamodbStreams: DynamoDBStreamsClient;

  constructor(endpoints: ServiceEndpoints, region: string) {
    const common = { region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
    // The Kinesis client uses HTTP/2 by default, which the emulator does not support reliably.
    this.kinesis = new KinesisClient({ ...common, endpoint: endpoints.kinesis, requestHandler: new NodeHttpHandler() });
    // Queue URLs have the gateway's host. This client must call the emulator instead.
    this.sqs = new SQSClient({ ...common, endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false });
    this.sns = new SNSClient({ ...common, endpoint: endpoints.sns });
    this.s3 = new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true });
    this.dynamodb = new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb });
    this.dynamodbStreams = new DynamoDBStreamsClient({ ...common, endpoint: endpoints.dynamodb });
  }

  destroy(): void {
    const { kinesis, sqs, sns, s3, dynamodb, dynamodbStreams } = this;
    for (const client of [kinesis, sqs, sns, s3, dynamodb, dynamodbStreams]) client.destroy();
  }
}
