import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Message } from '@aws-sdk/client-sqs';
import type { KinesisStreamRecord } from 'aws-lambda';

/** What a consumer goes by, whichever capture made the dead letter, and wherever its body is. */
export interface Consumed {
  readonly status: string;
  readonly id: string;
  readonly event: { readonly Records: readonly KinesisStreamRecord[] };
  /** Key of the object that the message points to. */
  readonly key?: string;
}

/** Reads one message as docs/consumer.md has it. */
export async function consume({ Body, MessageAttributes }: Message, s3: S3Client): Promise<Consumed> {
  const { body, key } = MessageAttributes!.ExtendedPayloadSize ? await fetchBody(Body!, s3) : { body: Body!, key: undefined };
  const { payload } = JSON.parse(body);
  return {
    status: MessageAttributes!.status.StringValue!,
    id: MessageAttributes!.deadLetterId.StringValue!,
    event: typeof payload === 'string' ? JSON.parse(payload) : payload,
    key,
  };
}

async function fetchBody(pointer: string, s3: S3Client): Promise<{ readonly body: string; readonly key: string }> {
  const [, { s3BucketName: Bucket, s3Key: Key }] = JSON.parse(pointer);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return { body: await Body!.transformToString(), key: Key };
}
