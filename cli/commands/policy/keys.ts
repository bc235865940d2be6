import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { GetBucketEncryptionCommand, type GetBucketEncryptionCommandInput } from '@aws-sdk/client-s3';
import { isDenied, isServiceError } from '../../aws/aws-error';
import { queueState } from '../../aws/queue-state';
import type { Context } from '../../context';
import { keyArn, type Place, placeOf } from './arns';

/** What is not known is said and left out: a policy with less is better than none. */
export async function ifTold<T>(context: Context, what: string, find: () => Promise<T[]>): Promise<T[]> {
  try {
    return await find();
  } catch (error) {
    if (!isServiceError(error)) throw error;
    context.output.warn(`${what} is not known: where there is one, add it to the policy (${(error as Error).message})`);
    return [];
  }
}

export async function keyOfQueue({ clients, aborted }: Context, url: string, place: Place): Promise<string[]> {
  return keyArn((await queueState(await clients.sqs(), url, aborted)).kmsKeyId, place);
}

export interface PolicyBucket {
  readonly name: string;
  readonly keys: readonly string[];
  /** Whether it is known to be of another account than the queue. */
  readonly isForeign: boolean;
}

/** S3 refuses the account of the queue as the owner of a bucket of another account, and says as much of one that may not be asked. */
export async function bucketOf(context: Context, name: string, place: Place): Promise<PolicyBucket> {
  let isForeign = false;
  const keys = await ifTold(context, `the key of bucket ${name}`, async () => {
    try {
      return await keyOfBucket(context, { Bucket: name, ExpectedBucketOwner: place.accountId }, place);
    } catch (error) {
      if (!isDenied(error)) throw error;
      const found = await keyOfBucket(context, { Bucket: name }, place);
      isForeign = true;
      return found;
    }
  });
  return { name, keys, isForeign };
}

async function keyOfBucket({ clients, aborted }: Context, input: GetBucketEncryptionCommandInput, place: Place): Promise<string[]> {
  const answer = await (await clients.s3()).send(new GetBucketEncryptionCommand(input), { abortSignal: aborted });
  const rules = answer.ServerSideEncryptionConfiguration?.Rules ?? [];
  return rules.flatMap(({ ApplyServerSideEncryptionByDefault: it }) => (it?.SSEAlgorithm === 'AES256' ? [] : keyArn(it?.KMSMasterKeyID, place)));
}

export async function keysOfStreams(context: Context, streamArns: readonly string[]): Promise<string[]> {
  const kinesis = await context.clients.kinesis();
  const keys = await Promise.all(streamArns.map(async (arn) => ifTold(context, `the key of ${arn}`, async () => {
    const answer = await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: arn }), { abortSignal: context.aborted });
    return keyArn(answer.StreamDescriptionSummary?.KeyId, placeOf(arn));
  })));
  return keys.flat();
}

/** A stream of a table is read with the key of the table. */
export async function keysOfTables(context: Context, tableArns: readonly string[]): Promise<string[]> {
  const keys = await Promise.all(tableArns.map(async (arn) => ifTold(context, `the key of ${arn}`, async () => {
    const dynamodb = await context.clients.dynamodb();
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: arn.split('/')[1] }), { abortSignal: context.aborted });
    return keyArn(Table?.SSEDescription?.KMSMasterKeyArn, placeOf(arn));
  })));
  return keys.flat();
}
