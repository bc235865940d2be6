import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EventSourceMappingConfiguration, GetEventSourceMappingCommand, type LambdaClient, ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { FunctionRole, HydrationStatus } from '../../../src/contract';
import { Audit } from '../../audit/audit';
import { queueState } from '../../aws/queue-state';
import { CliError } from '../../cli-error';
import { operatorCommand } from '../../command-line';
import type { Context, GlobalOptions } from '../../context';
import type { Plan } from '../../dead-letters/plan';
import type { Dlq, DlqFunction } from '../../dlq';
import { ExitCode } from '../../exit-code';
import { count } from '../../output/text';
import type { TakeOptions } from '../options';
import { previewRemote, sendsSuperset } from './remote-preview';

const POLL_MILLIS = 2_000;
/** Lambda takes a minute at times. */
const LONGEST_WAIT_MILLIS = 5 * 60_000;

/** What --remote does with the redrive function. */
export type RemoteAction = 'start' | 'stop' | 'status';

export interface RemoteOptions extends TakeOptions {
  readonly pollMillis?: number;
}

/** The mapping between the dead-letter queue and the redrive function of the stack. */
interface RemoteMapping {
  readonly functionArn: string;
  readonly uuid: string;
  readonly state: string;
  readonly maxConcurrency?: number;
  /** Lambda gives none for mappings on queues so far. */
  readonly lastResult?: string;
}

/** Turns the redrive function of a stack on or off, or says how it stands. */
export async function remote(context: Context, action: RemoteAction, options: RemoteOptions): Promise<ExitCode> {
  const { output, stopped } = context;
  const dlq = await context.dlq();
  const lambda = await context.clients.lambda();
  const redrive = redriveFunctionOf(dlq);
  const mapping = await findMapping(lambda, redrive, dlq, context.aborted);
  if (action === 'status') {
    await report(context, dlq, mapping);
    return ExitCode.DONE;
  }
  const isOn = action === 'start';
  const { isConfirmed, plan } = isOn ? await start(context, dlq, redrive, mapping, options) : STOP;
  if (!isConfirmed) {
    output.line('Not started.');
    await report(context, dlq, mapping, plan);
    return stopped.aborted ? ExitCode.INTERRUPTED : ExitCode.LEFT;
  }
  const audit = await Audit.open(context, { command: `redrive --remote ${action}`, dlq, file: options.auditLog });
  try {
    await audit.write({ result: isOn ? AuditResult.REMOTE_STARTED : AuditResult.REMOTE_STOPPED, to: mapping.functionArn });
    const after = await change(context, lambda, mapping, isOn, options.pollMillis ?? POLL_MILLIS);
    await report(context, dlq, after, plan);
    if (after.state === stateOf(isOn)) return ExitCode.DONE;
    output.warn(`the mapping ${mapping.uuid} is ${after.state} still: see \`${operatorCommand('redrive --remote status', context.options)}\` in a while`);
    return stopped.aborted ? ExitCode.INTERRUPTED : ExitCode.LEFT;
  } finally {
    await audit.close();
  }
}

interface Decision {
  readonly isConfirmed: boolean;
  /** What was said of the messages one by one, where they were looked at. */
  readonly plan?: Plan;
}

/** Nobody is asked: what it stops is in the queue still. */
const STOP: Decision = { isConfirmed: true };

/** Says what a start leads to, and asks. */
async function start(context: Context, dlq: Dlq, redrive: DlqFunction, { state }: RemoteMapping, options: RemoteOptions): Promise<Decision> {
  const { output, stopped } = context;
  const asks = !options.yes && state !== stateOf(true);
  if (asks) output.requireTerminal();
  const plan = asks ? await previewRemote(context, dlq, redrive, options) : undefined;
  output.note(consequences(dlq, redrive, context.options));
  return { isConfirmed: !asks || (!stopped.aborted && (await output.confirm('Start it, and leave it on?'))), plan };
}

/** True of whatever is in the queue, looked at or not. */
function consequences({ messages, parkingQueueUrl = 'the parking queue' }: Dlq, redrive: DlqFunction, options: GlobalOptions): string {
  const { COMPLETE, SUPERSET, PARTIAL, EXPIRED, UNREADABLE } = HydrationStatus;
  const others = `${PARTIAL}, ${EXPIRED} and ${UNREADABLE} ones`;
  const [sent, parked] = sendsSuperset(redrive) ? [`${COMPLETE} and ${SUPERSET}`, others] : [COMPLETE, `${SUPERSET}, ${others}`];
  return (
    `${redrive.functionArn} takes all that is in the queue, about ${count(messages.visible, 'message')} now, and all that comes, until ` +
    `\`${operatorCommand('redrive --remote stop', options)}\`. It sends ${sent} dead letters to their processors. ${parked}, and what is no dead letter, it moves to ` +
    `${parkingQueueUrl} at once, and in the end what it has sent in vain. While it is on the queue stays empty whatever fails.`
  );
}

/** @throws CliError where it is not clear which one is meant */
function redriveFunctionOf({ functions, queueArn, queueUrl }: Dlq): DlqFunction {
  const [redrive, ...others] = functions.filter(({ role }) => role === FunctionRole.REDRIVE);
  if (!redrive) {
    throw new CliError(
      `no redrive function of ${queueUrl} was found: add a RedriveFunction to the stack and deploy it, or, if there is one, allow the operator ` +
      'tag:GetResources and lambda:GetFunctionConfiguration, by which it is found.',
      ExitCode.REFUSED,
    );
  }
  if (others.length > 0) {
    throw new CliError(
      `${queueUrl} must have one redrive function only, got: ${[redrive, ...others].map(({ functionArn }) => functionArn).join(', ')}. Each is given ` +
      'dead letters by chance: define one RedriveFunction for the queue. Until then switch each by itself: ' +
      `aws lambda list-event-source-mappings --event-source-arn ${queueArn}, then aws lambda update-event-source-mapping --no-enabled --uuid UUID`,
    );
  }
  return redrive;
}

async function findMapping(
  lambda: LambdaClient, { functionArn }: DlqFunction, { queueArn }: Dlq, abortSignal: AbortSignal,
): Promise<RemoteMapping> {
  const { EventSourceMappings: [mapping] = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: functionArn, EventSourceArn: queueArn }),
    { abortSignal },
  );
  if (!mapping) {
    throw new CliError(
      `${functionArn} must have an event source mapping on ${queueArn}, got: none. Was it deleted by hand? Deploy the stack again.`,
      ExitCode.REFUSED,
    );
  }
  return mappingOf(functionArn, mapping);
}

async function change(context: Context, lambda: LambdaClient, mapping: RemoteMapping, isOn: boolean, pollMillis: number): Promise<RemoteMapping> {
  const { stopped, aborted, output } = context;
  const deadline = performance.now() + LONGEST_WAIT_MILLIS;
  let isAsked = false;
  let now = mapping;
  while (now.state !== stateOf(isOn) || !isAsked) {
    // A mapping that is being changed takes no other change meanwhile.
    if (!isAsked) isAsked = await ask(lambda, mapping.uuid, isOn, aborted);
    now = mappingOf(mapping.functionArn, await lambda.send(new GetEventSourceMappingCommand({ UUID: mapping.uuid }), { abortSignal: aborted }));
    if ((isAsked && now.state === stateOf(isOn)) || stopped.aborted || performance.now() > deadline) break;
    output.note(`${now.state} …`);
    await sleep(pollMillis, undefined, { signal: stopped }).catch(() => undefined);
  }
  return now;
}

async function ask(lambda: LambdaClient, UUID: string, Enabled: boolean, abortSignal: AbortSignal): Promise<boolean> {
  try {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }), { abortSignal });
    return true;
  } catch (error) {
    if (['ResourceInUseException', 'ResourceConflictException'].includes((error as Error).name)) return false;
    throw error;
  }
}

async function report({ output, clients, aborted, options }: Context, dlq: Dlq, mapping: RemoteMapping, plan?: Plan): Promise<void> {
  const sqs = await clients.sqs();
  const messagesOf = async (url: string) => (await queueState(sqs, url, aborted)).messages;
  const [messages, parked] = await Promise.all([
    messagesOf(dlq.queueUrl),
    dlq.parkingQueueUrl === undefined ? undefined : messagesOf(dlq.parkingQueueUrl),
  ]);
  output.line(`${mapping.functionArn} is ${mapping.state}${mapping.maxConcurrency === undefined ? '' : `, at most ${mapping.maxConcurrency} at a time`}.`);
  // SQS tells these not apart.
  const why = messages.inFlight > 0 ? ' (being sent, put off until their next attempt, or held by an attempt that broke off)' : '';
  output.line(`  in the queue: ${messages.visible.toLocaleString('en-US')}, hidden: ${messages.inFlight.toLocaleString('en-US')}${why}`);
  if (parked) {
    const hint = parked.visible > 0 ? `, see \`${operatorCommand('ls', options, 'parked messages')}\`` : '';
    output.line(`  parked: ${parked.visible.toLocaleString('en-US')}${hint}`);
  }
  output.json({ queueUrl: dlq.queueUrl, ...mapping, messages, parked: parked && { queueUrl: dlq.parkingQueueUrl, ...parked }, plan });
}

function mappingOf(functionArn: string, mapping: EventSourceMappingConfiguration): RemoteMapping {
  return {
    functionArn,
    uuid: mapping.UUID!,
    state: mapping.State ?? 'unknown',
    maxConcurrency: mapping.ScalingConfig?.MaximumConcurrency,
    lastResult: mapping.LastProcessingResult,
  };
}

function stateOf(isOn: boolean): 'Enabled' | 'Disabled' {
  return isOn ? 'Enabled' : 'Disabled';
}
