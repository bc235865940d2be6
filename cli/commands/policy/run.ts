import { isDynamoDb, streamOf } from '../../../lambda/shared/dead-letter/failure-record';
import { CAPTURE_PREFIX, FunctionRole, OVERFLOW_PREFIX } from '../../../src/contract';
import { type Delivery, deliveriesTo, listMappings } from '../../aws/deliveries';
import { environmentValues } from '../../aws/dlq-group';
import { isSameQueue } from '../../aws/queue-name';
import { siblingQueueUrl } from '../../aws/queue-url';
import { CliError } from '../../cli-error';
import type { CommandModule, Context } from '../../context';
import type { Dlq } from '../../dlq';
import { ExitCode } from '../../exit-code';
import { ProcessorLogs } from '../../reason/processor-log';
import { bucketArn, keyArn, logGroupArn, placeOf, queueArn } from './arns';
import { bucketOf, ifTold, keyOfQueue, keysOfStreams } from './keys';
import { type NativeResources, operatorPolicy, type OperatorResources, type PolicyDocument, processorPolicy } from './operator-policy';
import { rescuePolicy, type RescuePolicyOptions } from './rescue-policy';

export interface PolicyOptions extends RescuePolicyOptions {
  readonly rescue?: boolean;
  readonly read?: boolean;
  readonly redrive?: boolean;
  readonly toStream?: boolean;
  readonly remote?: boolean;
  /** Whether the logs of the processors may be read. */
  readonly logs?: boolean;
  readonly processor?: readonly string[];
}

export const run: CommandModule<PolicyOptions>['run'] = async (context, _args, options) => {
  const policy = options.rescue ? await rescuePolicy(context, options) : await policyOf(context, options);
  context.output.line(JSON.stringify(policy, null, 2));
  context.output.json({ policy });
  return ExitCode.DONE;
};

async function policyOf(context: Context, options: PolicyOptions): Promise<PolicyDocument> {
  const { output, options: { queue, stack } } = context;
  const { processor } = options;
  if (queue === undefined && stack === undefined && processor && !options.toStream && !options.remote) {
    return processorPolicy({ processors: options.redrive ? processor : [], ...(options.logs && await logsOf(context, processor)) });
  }
  const dlq = await context.dlq();
  const place = placeOf(dlq.queueArn);
  // Each StreamDlq that shares a queue may have its own buckets and queues.
  const overflowBuckets = environmentValues(dlq.functions, 'OVERFLOW_BUCKET');
  const captureBuckets = environmentValues(dlq.functions, 'CAPTURE_BUCKET');
  const otherQueues = (['QUEUE_URL', 'UNDELIVERABLE_QUEUE_URL', 'PARKING_QUEUE_URL'] as const)
    .flatMap((variable) => environmentValues(dlq.functions, variable))
    .filter((url) => !isSameQueue(url, dlq.queueUrl));
  const withRole = (...roles: readonly FunctionRole[]): string[] =>
    dlq.functions.filter(({ role }) => roles.includes(role)).map(({ functionArn }) => functionArn);
  if (dlq.functions.length === 0 && !dlq.native) {
    output.warn('no functions of cdk-stream-dlq are known for this queue: the policy covers the queue alone; --stack finds the rest');
  }

  const buckets = await Promise.all([...new Set([...overflowBuckets, ...captureBuckets])].map((name) => bucketOf(context, name, place)));
  const keysOf = (names: readonly string[]): string[] => buckets.flatMap(({ name, keys }) => (names.includes(name) ? keys : []));
  const writeKeys = [
    ...keyArn(dlq.kmsKeyId, place),
    ...(await Promise.all(otherQueues.map((url) => keyOfQueue(context, url, place)))).flat(),
    ...keysOf(overflowBuckets),
  ];

  const deadLettersIn = (isIt: (bucket: string) => boolean): string[] => dlq.functions.flatMap(
    ({ environment: { OVERFLOW_BUCKET: name, OVERFLOW_PREFIX: prefix = OVERFLOW_PREFIX } = {} }) => (name && isIt(name) ? [`${bucketArn(name, place)}/${prefix}*`] : []),
  );
  const foreign = buckets.filter(({ isForeign }) => isForeign).map(({ name }) => name);
  const deliveries = await deliveriesOf(context, dlq);
  const { native } = dlq;
  if (native) refuseStreamOptions(options);
  const streams = kinesisStreamsOf(deliveries);

  return operatorPolicy(
    {
      queues: [dlq.queueArn, ...otherQueues.map((url) => queueArn(url, place))],
      intakeQueues: environmentValues(dlq.functions, 'INTAKE_QUEUE_URL').map((url) => queueArn(url, place)),
      deadLetters: deadLettersIn((bucket) => !foreign.includes(bucket)),
      foreignDeadLetters: deadLettersIn((bucket) => foreign.includes(bucket)),
      failedBatches: captureBuckets.map((name) => `${bucketArn(name, place)}/${CAPTURE_PREFIX}*`),
      accountId: place.accountId,
      keys: [
        ...writeKeys,
        ...keysOf(captureBuckets.filter((name) => !overflowBuckets.includes(name))),
        ...dlq.functions.flatMap(({ environmentKey = [] }) => environmentKey),
      ],
      writeKeys,
      functions: dlq.functions.map(({ functionArn }) => functionArn),
      writers: withRole(FunctionRole.HYDRATE, FunctionRole.CAPTURE),
      processors: options.redrive && !native ? processorsOf(context, deliveries, options) : [],
      streams,
      tables: tablesOf(deliveries),
      ...(options.logs && await logsOf(context, options.processor ?? await loggingOf(context, deliveries, native?.sourceArns))),
      auditLogGroup: dlq.auditLogGroup && logGroupArn(dlq.auditLogGroup, place),
      targetStreams: options.toStream ? await targetsOf(context, streams) : undefined,
      native: native && await nativeResources(context, dlq, native.sourceArns),
      mappings: options.remote ? await mappingArnsOf(context, withRole(FunctionRole.REDRIVE)) : undefined,
    },
    { redrive: options.redrive === true },
  );
}

/** @throws CliError where an option is for dead letters of a stream alone */
function refuseStreamOptions({ toStream, remote }: PolicyOptions): void {
  const option = toStream ? '--to-stream' : remote ? '--remote' : undefined;
  if (option) throw new CliError(`${option} is for dead letters of a stream, got: a queue that SQS moves messages to; leave ${option} out.`);
}

/** The processors whose logs say why something failed. */
async function loggingOf(context: Context, deliveries: readonly Delivery[], sourceArns: readonly string[] = []): Promise<readonly string[]> {
  const reading = await ifTold(context, 'which functions read the source queues', async () => {
    const mappings = await Promise.all(sourceArns.map(async (arn) => listMappings(context, { EventSourceArn: arn })));
    return mappings.flat().flatMap(({ FunctionArn: arn }) => arn ?? []);
  });
  return [...new Set([...deliveries.map(({ processorArn }) => processorArn), ...reading])];
}

/** Source queues are in the account and the Region of their dead-letter queue. */
async function nativeResources(context: Context, { queueArn: deadLetterQueue, queueUrl }: Dlq, sources: readonly string[]): Promise<NativeResources> {
  const keys = await Promise.all(sources.map(async (arn) => {
    return ifTold(context, `the key of ${arn}`, async () => keyOfQueue(context, siblingQueueUrl(queueUrl, arn), placeOf(arn)));
  }));
  return { deadLetterQueue, sources, sourceKeys: keys.flat() };
}

/** What delivers to the queue: the processors and the streams of its dead letters. */
async function deliveriesOf(context: Context, { functions }: Dlq): Promise<readonly Delivery[]> {
  return ifTold(context, 'what delivers to the queue', async () => deliveriesTo(context, functions));
}

function processorsOf({ output }: Context, deliveries: readonly Delivery[], { processor }: PolicyOptions): readonly string[] {
  if (processor) return processor;
  if (deliveries.length === 0) output.warn('no processor is known, so the policy lets nobody invoke one: give --processor ARN');
  return deliveries.map(({ processorArn }) => processorArn);
}

/** Records go back to a Kinesis stream, whichever consumer they came by. Nothing can be put into the stream of a table. */
function kinesisStreamsOf(deliveries: readonly Delivery[]): string[] {
  return [...new Set(deliveries.map(({ streamArn }) => streamOf(streamArn)).filter((arn) => arn.includes(':kinesis:')))];
}

/** Tables whose streams the processors read. */
function tablesOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.filter(({ streamArn }) => isDynamoDb(streamArn)).map(({ streamArn }) => streamArn.split('/stream/')[0]);
}

async function logsOf(context: Context, processors: readonly string[]): Promise<Pick<OperatorResources, 'logs' | 'logging'>> {
  if (processors.length === 0) context.output.warn('no processor is known, so the policy lets nobody read a log: give --processor ARN');
  const known = new ProcessorLogs(context);
  const found = await Promise.all(processors.map(async (processor) => ({ processor, log: await known.of(processor) })));
  for (const { processor, log } of found.filter(({ log: { isKnown } }) => !isKnown)) {
    context.output.warn(`the log group of ${processor} is not known: the policy has Lambda's default, ${log.group} (lambda:GetFunctionConfiguration)`);
  }
  return {
    logs: found.map(({ processor, log }) => `${logGroupArn(log.group, placeOf(processor))}:*`),
    logging: found.filter(({ log: { isDefault } }) => !isDefault).map(({ processor }) => processor),
  };
}

async function targetsOf(context: Context, streams: readonly string[]): Promise<OperatorResources['targetStreams']> {
  if (streams.length === 0) {
    throw new CliError(
      '--to-stream needs a Kinesis stream, and no mapping of one that delivers to this queue is known: leave it out, or use permissions for ' +
        'lambda:ListEventSourceMappings',
    );
  }
  return { arns: streams, keys: await keysOfStreams(context, streams) };
}

async function mappingArnsOf(context: Context, redriveFunctions: readonly string[]): Promise<string[]> {
  const arns: string[] = [];
  for (const functionArn of redriveFunctions) {
    const { region, accountId, partition } = placeOf(functionArn);
    const mappings = await listMappings(context, { FunctionName: functionArn });
    arns.push(...mappings.map(({ UUID: id }) => `arn:${partition}:lambda:${region}:${accountId}:event-source-mapping:${id}`));
  }
  if (arns.length === 0) throw new CliError('--remote needs a RedriveFunction on the queue, and there is none: define one in the app, or leave --remote out');
  return arns;
}
