import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import {
  type EventSourceMappingConfiguration,
  GetPolicyCommand,
  type ListEventSourceMappingsCommandInput,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { GetBucketEncryptionCommand, type GetBucketEncryptionCommandInput } from '@aws-sdk/client-s3';
import { FunctionRole } from '../../src/contract';
import { isAnswer, isDenied } from '../aws/aws-error';
import { allTold } from '../aws/dlq-group';
import { isSameQueue } from '../aws/queue-name';
import { queueState } from '../aws/queue-state';
import { CliError } from '../cli-error';
import type { CommandModule, Context } from '../context';
import type { PolicyOptions } from '../definitions/policy';
import type { Dlq, DlqFunction } from '../dlq';
import { ExitCode } from '../exit-code';
import { bucketArn, keyArn, logGroupArn, type Place, placeOf, queueArn } from '../policy/arns';
import { operatorPolicy } from '../policy/operator-policy';

export const run: CommandModule<PolicyOptions>['run'] = async (context, _args, options) => {
  const { output } = context;
  const dlq = await context.dlq();
  const place = placeOf(dlq.queueArn);
  // Streams that share a queue may each have buckets and queues beside it.
  const overflowBuckets = allTold(dlq.functions, 'OVERFLOW_BUCKET');
  const captureBuckets = allTold(dlq.functions, 'CAPTURE_BUCKET');
  const otherQueues = (['QUEUE_URL', 'UNDELIVERABLE_QUEUE_URL', 'PARKING_QUEUE_URL'] as const)
    .flatMap((variable) => allTold(dlq.functions, variable))
    .filter((url) => !isSameQueue(url, dlq.queueUrl));
  const withRole = (...roles: readonly FunctionRole[]): string[] =>
    dlq.functions.filter(({ role }) => roles.includes(role)).map(({ functionArn }) => functionArn);
  if (dlq.functions.length === 0) {
    output.warn('no functions of cdk-stream-dlq are known for this queue: the policy covers the queue alone; --stack finds the rest');
  }

  const buckets = await Promise.all([...new Set([...overflowBuckets, ...captureBuckets])].map((name) => bucketOf(context, name, place)));
  const keysOf = (names: readonly string[]): string[] => buckets.flatMap(({ name, keys }) => (names.includes(name) ? keys : []));
  const writeKeys = [
    ...keyArn(dlq.kmsKeyId, place),
    ...(await Promise.all(otherQueues.map((url) => keyOfQueue(context, url, place)))).flat(),
    ...keysOf(overflowBuckets),
  ];

  const policy = operatorPolicy(
    {
      queues: [dlq.queueArn, ...otherQueues.map((url) => queueArn(url, place))],
      overflowBuckets: overflowBuckets.map((name) => bucketArn(name, place)),
      captureBuckets: captureBuckets.map((name) => bucketArn(name, place)),
      foreignBuckets: buckets.filter(({ isForeign, name }) => isForeign && overflowBuckets.includes(name)).map(({ name }) => bucketArn(name, place)),
      accountId: place.accountId,
      keys: [...writeKeys, ...keysOf(captureBuckets.filter((name) => !overflowBuckets.includes(name)))],
      writeKeys,
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

interface PolicyBucket {
  readonly name: string;
  readonly keys: readonly string[];
  /** Whether it is known to be of another account than the queue. */
  readonly isForeign: boolean;
}

/** S3 refuses the account of the queue as the owner of a bucket of another account, and says as much of one that may not be asked. */
async function bucketOf(context: Context, name: string, place: Place): Promise<PolicyBucket> {
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

/** Those that the stack has told the hydrate function, and those of later stacks, which only their mappings name. */
async function processorsOf(context: Context, dlq: Dlq, { processor }: PolicyOptions): Promise<readonly string[]> {
  if (processor) return processor;
  const mapped: string[] = [];
  for (const each of dlq.functions) mapped.push(...(await deliveringTo(context, each)));
  const processors = [...dlq.processors ?? [], ...mapped];
  if (processors.length === 0) context.output.warn('no processor is known, so the policy lets nobody invoke one: give --processor ARN');
  return processors;
}

/** The functions that read the stream of a hydrate or capture function, and have Lambda send it what they fail on. */
async function deliveringTo(context: Context, writer: DlqFunction): Promise<string[]> {
  const { STREAM_ARN: streamArn } = writer.environment ?? {};
  if (streamArn === undefined || writer.role === FunctionRole.REDRIVE) return [];
  return ifTold(context, `what reads ${streamArn}`, async () => {
    const mappings = await mappingsWith(context, { EventSourceArn: streamArn });
    const isDestination = await destinationOf(context, writer);
    return mappings.flatMap(({ FunctionArn: functionArn, DestinationConfig: { OnFailure: { Destination: arn = '' } = {} } = {} }) =>
      functionArn && isDestination(arn) ? [functionArn] : []);
  });
}

/** Whether what Lambda sends to an ARN arrives at a function: by the capture bucket, or by a topic, which is in the policy of the function. */
async function destinationOf(context: Context, { functionArn, environment }: DlqFunction): Promise<(arn: string) => boolean> {
  const bucket = environment?.CAPTURE_BUCKET;
  if (bucket !== undefined) return (arn) => arn.endsWith(`:::${bucket}`);
  try {
    const answer = await (await context.clients.lambda()).send(new GetPolicyCommand({ FunctionName: functionArn }), { abortSignal: context.aborted });
    const policy = answer.Policy ?? '';
    return (arn) => arn !== '' && policy.includes(`"${arn}"`);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    context.output.warn(
      `the topic of ${functionArn} is not known, so the policy has the functions of all topics of its stream: take out those of others (${(error as Error).message})`,
    );
    return (arn) => arn.includes(':sns:');
  }
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
