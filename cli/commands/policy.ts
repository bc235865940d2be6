import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import {
  type EventSourceMappingConfiguration,
  type ListEventSourceMappingsCommandInput,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { GetBucketEncryptionCommand } from '@aws-sdk/client-s3';
import { FunctionRole } from '../../src/contract';
import { isAnswer } from '../aws/aws-error';
import { queueState } from '../aws/queue-state';
import { CliError } from '../cli-error';
import type { CommandModule, Context } from '../context';
import type { PolicyOptions } from '../definitions/policy';
import type { Dlq } from '../dlq';
import { ExitCode } from '../exit-code';
import { bucketArn, keyArn, logGroupArn, type Place, placeOf, queueArn } from '../policy/arns';
import { operatorPolicy } from '../policy/operator-policy';

export const run: CommandModule<PolicyOptions>['run'] = async (context, _args, options) => {
  const { output } = context;
  const dlq = await context.dlq();
  const place = placeOf(dlq.queueArn);
  const buckets = [dlq.overflowBucket, dlq.captureBucket].filter((name) => name !== undefined);
  const otherQueues = [dlq.undeliverableQueueUrl, dlq.parkingQueueUrl].filter((url) => url !== undefined);
  const withRole = (...roles: readonly FunctionRole[]): string[] =>
    dlq.functions.filter(({ role }) => roles.includes(role)).map(({ functionArn }) => functionArn);
  if (dlq.functions.length === 0) {
    output.warn('no functions of cdk-stream-dlq are known for this queue: the policy covers the queue alone; --stack finds the rest');
  }

  const policy = operatorPolicy(
    {
      queues: [dlq.queueArn, ...otherQueues.map((url) => queueArn(url, place))],
      overflowBucket: dlq.overflowBucket && bucketArn(dlq.overflowBucket, place),
      captureBucket: dlq.captureBucket && bucketArn(dlq.captureBucket, place),
      keys: [
        ...keyArn(dlq.kmsKeyId, place),
        ...(await Promise.all(otherQueues.map((url) => keyOfQueue(context, url, place)))).flat(),
        ...(await Promise.all(buckets.map((name) => keyOfBucket(context, name, place)))).flat(),
      ],
      functions: dlq.functions.map(({ functionArn }) => functionArn),
      writers: withRole(FunctionRole.HYDRATE, FunctionRole.CAPTURE),
      processors: options.redrive ? await processorsOf(context, dlq, options) : [],
      auditLogGroup: dlq.auditLogGroup && logGroupArn(dlq.auditLogGroup, place),
      stream: options.toStream ? await streamOf(context, dlq, place) : undefined,
      mappings: options.remote ? await mappingsOf(context, withRole(FunctionRole.REDRIVE)) : undefined,
    },
    { redrive: options.redrive === true },
  );
  output.line(JSON.stringify(policy, null, 2));
  output.json({ policy });
  return ExitCode.DONE;
};

async function keyOfQueue({ clients, aborted }: Context, url: string, place: Place): Promise<string[]> {
  return keyArn((await queueState(await clients.sqs(), url, aborted)).kmsKeyId, place);
}

async function keyOfBucket(context: Context, name: string, place: Place): Promise<string[]> {
  return ifTold(context, `the key of bucket ${name}`, async () => {
    const answer = await (await context.clients.s3()).send(new GetBucketEncryptionCommand({ Bucket: name }), { abortSignal: context.aborted });
    const rules = answer.ServerSideEncryptionConfiguration?.Rules ?? [];
    return rules.flatMap(({ ApplyServerSideEncryptionByDefault: it }) => (it?.SSEAlgorithm === 'AES256' ? [] : keyArn(it?.KMSMasterKeyID, place)));
  });
}

/** What is not known is said and left out: a policy with less is better than none. */
async function ifTold(context: Context, what: string, find: () => Promise<string[]>): Promise<string[]> {
  try {
    return await find();
  } catch (error) {
    if (!isAnswer(error)) throw error;
    context.output.warn(`${what} is not known: where there is one, add it to the policy (${(error as Error).message})`);
    return [];
  }
}

async function processorsOf(context: Context, dlq: Dlq, { processor }: PolicyOptions): Promise<readonly string[]> {
  const known = processor ?? dlq.processors ?? [];
  const processors = known.length > 0 ? known : await mappedTo(context, dlq);
  if (processors.length === 0) context.output.warn('no processor is known, so the policy lets nobody invoke one: give --processor ARN');
  return processors;
}

/** The functions that read the stream and have failed batches written to the capture bucket. */
async function mappedTo(context: Context, { streamArn, captureBucket }: Dlq): Promise<string[]> {
  if (streamArn === undefined || captureBucket === undefined) return [];
  return ifTold(context, 'what reads the stream', async () => {
    const mappings = await mappingsWith(context, { EventSourceArn: streamArn });
    return mappings.flatMap(({ FunctionArn: functionArn, DestinationConfig: destinations }) =>
      functionArn && destinations?.OnFailure?.Destination?.endsWith(`:::${captureBucket}`) ? [functionArn] : []);
  });
}

async function streamOf(context: Context, { streamArn }: Dlq, place: Place): Promise<{ arn: string; keys: readonly string[] }> {
  if (streamArn === undefined) throw new CliError('--to-stream needs to know the stream, and no function of this queue names just one: leave it out, or use --stack');
  if (!streamArn.includes(':kinesis:')) throw new CliError(`--to-stream is for Kinesis: nothing can be put into ${streamArn}`);
  const keys = await ifTold(context, 'the key of the stream', async () => {
    const kinesis = await context.clients.kinesis();
    const answer = await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: streamArn }), { abortSignal: context.aborted });
    return keyArn(answer.StreamDescriptionSummary?.KeyId, place);
  });
  return { arn: streamArn, keys };
}

async function mappingsOf(context: Context, redriveFunctions: readonly string[]): Promise<string[]> {
  const arns: string[] = [];
  for (const functionArn of redriveFunctions) {
    const { region, accountId, partition } = placeOf(functionArn);
    const mappings = await mappingsWith(context, { FunctionName: functionArn });
    arns.push(...mappings.map(({ UUID: id }) => `arn:${partition}:lambda:${region}:${accountId}:event-source-mapping:${id}`));
  }
  if (arns.length === 0) throw new CliError('--remote needs a RedriveFunction on the queue, and there is none: define one in the app, or leave --remote out');
  return arns;
}

async function mappingsWith(context: Context, filter: ListEventSourceMappingsCommandInput): Promise<EventSourceMappingConfiguration[]> {
  const pages = paginateListEventSourceMappings({ client: await context.clients.lambda() }, filter, { abortSignal: context.aborted });
  const mappings: EventSourceMappingConfiguration[] = [];
  for await (const page of pages) mappings.push(...page.EventSourceMappings ?? []);
  return mappings;
}
