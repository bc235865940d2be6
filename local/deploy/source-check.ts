import { DescribeStreamCommand } from '@aws-sdk/client-dynamodb-streams';
import { DescribeStreamConsumerCommand, DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { isTableStreamArn } from '../mapping/mapping-spec';
import { streamArnOf } from './arns';
import type { Clients } from './clients';
import type { ResourceContext } from './resource-type';

type Context = Pick<ResourceContext, 'account' | 'authorizer' | 'clients'>;

/** Lambda looks at the stream when a mapping is created, with the function's role. Gives the stream that the source is, or belongs to. */
export async function checkSource(context: Context, sourceArn: string, roleArn: string): Promise<string> {
  return isTableStreamArn(sourceArn) ? checkTableStream(context, sourceArn, roleArn) : checkKinesisStream(context, sourceArn, roleArn);
}

async function checkKinesisStream(context: Context, sourceArn: string, roleArn: string): Promise<string> {
  const streamArn = streamArnOf(context.account, sourceArn);
  await found(sourceArn, context.clients, async ({ kinesis }) => {
    await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: streamArn }));
    if (sourceArn !== streamArn) await kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: sourceArn }));
  });
  // With enhanced fan-out Lambda reads through the consumer instead.
  if (sourceArn === streamArn) await readable(context, streamArn, roleArn, 'kinesis', ['GetRecords', 'GetShardIterator', 'DescribeStream']);
  return streamArn;
}

async function checkTableStream(context: Context, streamArn: string, roleArn: string): Promise<string> {
  await found(streamArn, context.clients, async ({ dynamodbStreams }) => {
    await dynamodbStreams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  });
  // Lambda asks for ListStreams, too. The CDK grants it on `*` for a Table, on the stream for a TableV2, and both are taken.
  await readable(context, streamArn, roleArn, 'dynamodb', ['GetRecords', 'GetShardIterator', 'DescribeStream']);
  return streamArn;
}

async function found(sourceArn: string, clients: Clients, describe: (clients: Clients) => Promise<void>): Promise<void> {
  try {
    await describe(clients);
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') throw new Error(`Stream not found: ${sourceArn}`, { cause: error });
    throw error;
  }
}

async function readable(
  { authorizer }: Context,
  streamArn: string,
  roleArn: string,
  service: string,
  actions: readonly string[],
): Promise<void> {
  for (const action of actions) {
    const { allowed, message } = await authorizer.authorize({ principal: { roleArn }, action: `${service}:${action}`, resource: streamArn });
    if (!allowed) {
      const needed = `${actions.slice(0, -1).join(', ')} and ${actions.at(-1)}`;
      throw new Error(`cannot access stream ${streamArn}, please ensure the role can perform the ${needed} actions on your stream in IAM: ${message}`);
    }
  }
}
