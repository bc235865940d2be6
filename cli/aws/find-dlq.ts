import { FunctionRole } from '../../src/contract';
import { CliError } from '../cli-error';
import { operatorCommand } from '../command-line';
import type { Clients, GlobalOptions, NamedQueue } from '../context';
import type { Dlq } from '../dlq';
import { ExitCode } from '../exit-code';
import { explainAwsError, isDenied } from './aws-error';
import { byQueue, type DlqGroup, onlyEnvironmentValue } from './dlq-group';
import { isSameQueue } from './queue-name';
import { queueState } from './queue-state';
import { queueUrlOf } from './queue-url';
import { sourceQueues } from './source-queues';
import { configured, type ConfiguredFunctions, refuseNewer, type TaggedFunction, taggedFunctions } from './tagged-functions';
import { taggedQueue, taggedQueues } from './tagged-queues';
import type { TaggedResource } from './tagged-resources';

export interface Search extends Partial<GlobalOptions>, NamedQueue {
  /** Told what could not be found out, and is gone on without. */
  note(text: string): void;
  readonly signal?: AbortSignal;
}

/** The queue that --queue or --stack names, and what belongs to it. @throws CliError */
export async function findDlq(clients: Clients, search: Search): Promise<Dlq> {
  if (search.queue !== undefined) return byName(clients, search.queue, search);
  if (search.stack !== undefined) return byStack(clients, search.stack, search);
  throw new CliError(
    `which queue? Give --queue with its URL, ARN or name, or --stack with the name of its stack; \`${operatorCommand('queues', search)}\` lists them`,
  );
}

async function byName(clients: Clients, queue: string, search: Search): Promise<Dlq> {
  const [queueUrl, { functions, denial }] = await Promise.all([
    queueUrlOf(clients, queue, search.signal), search.isAlone ? NO_FUNCTIONS : functionsIfAllowed(clients, search),
  ]);
  // One may name any queue of a group: that of the undeliverables, or of what is parked.
  const around = byQueue(functions).filter((group) =>
    [group.queueUrl, ...besides(group)].some((other) => isSameQueue(other, queueUrl)));
  if (around.length === 0 && denial) search.note(`the tool cannot find the functions of the queue: ${explainAwsError(denial, search)?.message ?? denial.message}`);
  const dlq = await dlqOf(clients, { queueUrl, functions: around.flatMap((group) => group.functions) }, search.signal);
  if (around.length > 0 || search.isAlone) return dlq;
  return withSources(clients, dlq, await taggedQueue(clients, dlq.queueArn, search.signal), search.signal);
}

/** Says whether SQS itself moves messages to a queue that no function of the library works with. */
async function withSources(clients: Clients, dlq: Dlq, tagged: TaggedResource | undefined, signal?: AbortSignal): Promise<Dlq> {
  const sourceArns = (await sourceQueues(await clients.sqs(), dlq, signal)) ?? [];
  if (sourceArns.length === 0 && !tagged) return dlq;
  return { ...dlq, native: { sourceArns }, ...(tagged?.auditLogGroup && { auditLogGroup: tagged.auditLogGroup }) };
}

const NO_FUNCTIONS: ConfiguredFunctions = { functions: [] };

/** The queues beside the dead-letter queue. */
function besides({ functions }: DlqGroup): string[] {
  return functions.flatMap(({ environment }) => [environment.UNDELIVERABLE_QUEUE_URL ?? [], environment.PARKING_QUEUE_URL ?? []].flat());
}

/** The queue is known by itself: without its functions most commands work all the same, and the others say what is missing. */
async function functionsIfAllowed(
  clients: Clients, { signal }: Search, mayBelong: (each: TaggedFunction) => boolean = () => true,
): Promise<ConfiguredFunctions> {
  try {
    return await configured(clients, (await taggedFunctions(clients, undefined, signal)).filter(mayBelong), signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return { functions: [], denial: error as Error };
  }
}

async function byStack(clients: Clients, stack: string, search: Search): Promise<Dlq> {
  const { signal, prefix = '' } = search;
  const tagged = await taggedFunctions(clients, stack, signal);
  // Before they are looked at: what a newer one has in its environment may have other names.
  refuseNewer(tagged);
  const { functions, denial } = await configured(clients, tagged, signal);
  // Without one of them it could be any queue of the stack.
  if (denial) {
    throw new CliError([
      `you may not read every function of stack ${stack}, so the tool cannot tell which queue you mean: use --${prefix}queue instead of --${prefix}stack`,
      explainAwsError(denial, search)?.message ?? denial.message,
    ].join('\n'), ExitCode.REFUSED);
  }
  const [groups, natives] = [byQueue(functions), await taggedQueues(clients, stack, signal)];
  const [[group], [native]] = [groups, natives];
  if (groups.length + natives.length > 1) {
    throw new CliError([
      `stack ${stack} has ${groups.length + natives.length} dead-letter queues: choose one with --${prefix}queue instead of --${prefix}stack`,
      ...[...groups.map(({ queueUrl }) => queueUrl), ...natives.map(({ arn }) => arn)].map((queue) => `  --${prefix}queue ${queue}`),
    ].join('\n'));
  }
  if (group) return dlqOf(clients, await withOtherStacks(clients, group, tagged, search), signal);
  if (native) {
    const dlq = await dlqOf(clients, { queueUrl: await queueUrlOf(clients, native.arn, signal), functions: [] }, signal);
    return withSources(clients, dlq, native, signal);
  }
  throw new CliError(await nothingIn(clients, stack, search), ExitCode.REFUSED);
}

/**
 * A redrive function is often in a later stack than its queue. Functions that write to the queue are added only to a stack that has none
 * itself: of several that share a queue, --stack means one.
 */
async function withOtherStacks(
  clients: Clients, { queueUrl, functions }: DlqGroup, ofStack: readonly TaggedFunction[], search: Search,
): Promise<DlqGroup> {
  const isRedrive = ({ role }: TaggedFunction): boolean => role === FunctionRole.REDRIVE;
  const hasNoWriter = functions.every(isRedrive);
  const { functions: elsewhere } = await functionsIfAllowed(clients, search, (each) =>
    (hasNoWriter || isRedrive(each)) && ofStack.every(({ functionArn }) => functionArn !== each.functionArn));
  const around = byQueue(elsewhere).find((group) => isSameQueue(group.queueUrl, queueUrl))?.functions ?? [];
  return { queueUrl, functions: [...functions, ...around] };
}

/** Says what was looked for, and which stacks there are that could have been meant: a nested one has a name that nobody gave it. */
async function nothingIn(clients: Clients, stack: string, { signal, prefix = '' }: Search): Promise<string> {
  const region = await (await clients.tagging()).config.region();
  const tagged = [...await taggedFunctions(clients, undefined, signal), ...await taggedQueues(clients, undefined, signal)];
  const stacks = [...new Set(tagged.flatMap(({ stackName }) => stackName ?? []))];
  const nested = stacks.filter((name) => name.startsWith(`${stack}-`));
  return [
    `no dead-letter queue in stack ${stack} in ${region}: there is no function or queue of cdk-stream-dlq that CloudFormation has tagged with this stack`,
    ...(nested.length > 0 ? [`a nested stack has a name of its own: ${nested.map((name) => `--${prefix}stack ${name}`).join(', ')}`] : []),
    nested.length === 0 && stacks.length > 0 ? `stacks with one: ${stacks.join(', ')}` : '',
    `check --region and --profile, or give --${prefix}queue; a stack that was last deployed with an older version of cdk-stream-dlq has no tags yet`,
  ].filter(Boolean).join('\n');
}

async function dlqOf(clients: Clients, { queueUrl, functions }: DlqGroup, signal?: AbortSignal): Promise<Dlq> {
  refuseNewer(functions);
  const state = await queueState(await clients.sqs(), queueUrl, signal);
  const auditLogGroup = functions.find((each) => each.auditLogGroup)?.auditLogGroup;
  return {
    ...state,
    functions: functions.map(({ role, functionArn, environment, environmentKey }) => (
      { role, functionArn, environment, ...(environmentKey && { environmentKey }) }
    )),
    ...defined({
      undeliverableQueueUrl: onlyEnvironmentValue(functions, 'UNDELIVERABLE_QUEUE_URL'),
      parkingQueueUrl: onlyEnvironmentValue(functions, 'PARKING_QUEUE_URL'),
      ...overflowOf(functions),
      auditLogGroup,
    }),
  };
}

/** Bucket and prefix of one function: each `StreamDlq` may write below its own prefix only. */
function overflowOf(functions: DlqGroup['functions']): Pick<Dlq, 'overflowBucket' | 'overflowPrefix'> {
  const { environment } = functions.find((each) => each.environment.OVERFLOW_BUCKET) ?? {};
  return { overflowBucket: environment?.OVERFLOW_BUCKET, overflowPrefix: environment?.OVERFLOW_PREFIX };
}

function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> };
}
