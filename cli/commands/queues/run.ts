import { explainAwsError } from '../../aws/aws-error';
import { environmentValues, byQueue, type DlqGroup } from '../../aws/dlq-group';
import { parseQueue } from '../../aws/queue-name';
import { type QueueState, queueState } from '../../aws/queue-state';
import { queueUrlOf } from '../../aws/queue-url';
import { configured, newerFormatOf, taggedFunctions } from '../../aws/tagged-functions';
import { taggedQueues } from '../../aws/tagged-queues';
import type { TaggedResource } from '../../aws/tagged-resources';
import type { CommandModule, Context } from '../../context';
import { ExitCode } from '../../exit-code';
import { type NewerFormat, newerFormat } from '../../messages/newer-format';
import type { Column } from '../../output/output';
import { waitingFailureRecords } from '../../queue/waiting-beside';

interface QueueRow {
  readonly name: string;
  readonly queueUrl: string;
  readonly stack?: string;
  /** Failure records that dead letters are still to be made of. */
  readonly failureRecords?: number;
  readonly visible?: number;
  readonly inFlight?: number;
  readonly undeliverable?: number;
  readonly parked?: number;
  /** Why there are no numbers. */
  readonly error?: string;
  /** What to install for it. */
  readonly newerFormat?: NewerFormat;
}

export const run: CommandModule<object>['run'] = async (context) => {
  const { output, clients, options, aborted } = context;
  const { functions, denial } = await configured(clients, await taggedFunctions(clients, options.stack, aborted), aborted);
  if (denial && functions.length === 0) throw denial;
  if (denial) output.note(`you may not read other functions: ${explainAwsError(denial, options)?.message ?? denial.message}`);
  // What a newer one has in its environment may have another name.
  const noQueue = newerFormatOf(functions.filter(({ environment }) => environment.QUEUE_URL === undefined));
  if (noQueue) output.warn(noQueue.message);
  const natives = await taggedQueues(clients, options.stack, aborted);
  const rows = [
    ...await Promise.all(byQueue(functions).map(async (group) => rowOf(context, group))),
    ...await Promise.all(natives.map(async (queue) => nativeRowOf(context, queue))),
  ];
  const failures = ({ visible = 0, failureRecords = 0 }: QueueRow): number => visible + failureRecords;
  rows.sort((one, other) => failures(other) - failures(one));
  output.json({ region: await (await clients.tagging()).config.region(), queues: rows });

  const { red, yellow, dim } = output.colors;
  const number = (value: number | undefined): string => (value === undefined ? '-' : value.toLocaleString('en-US'));
  if (rows.length === 0 && noQueue) return ExitCode.LEFT;
  if (rows.length === 0) {
    const where = options.stack ? `stack ${options.stack}` : 'this account and region';
    output.note(`no dead-letter queue of cdk-stream-dlq in ${where}: check --region and --profile`);
    // A stack that was named is meant to have one.
    return options.stack ? ExitCode.REFUSED : ExitCode.DONE;
  }
  // Most of the time none waits.
  const waiting: Column<QueueRow> = {
    title: 'FAILURE RECORDS', value: ({ failureRecords }) => number(failureRecords), align: 'right', paint: (text, row) => (row.failureRecords ? yellow(text) : dim(text)),
  };
  output.table<QueueRow>(
    [
      { title: 'QUEUE', value: ({ name }) => name },
      { title: 'DEAD LETTERS', value: ({ visible }) => number(visible), align: 'right', paint: (text, { visible }) => (visible ? red(text) : dim(text)) },
      ...(rows.some(({ failureRecords }) => failureRecords) ? [waiting] : []),
      { title: 'IN FLIGHT', value: ({ inFlight }) => number(inFlight), align: 'right', expendable: 2 },
      { title: 'UNDELIVERABLE', value: ({ undeliverable }) => number(undeliverable), align: 'right', paint: (text, row) => (row.undeliverable ? yellow(text) : dim(text)) },
      { title: 'PARKED', value: ({ parked }) => number(parked), align: 'right', paint: (text, row) => (row.parked ? yellow(text) : dim(text)) },
      { title: 'STACK', value: ({ stack = '-' }) => stack, shrinks: true, expendable: 1 },
    ],
    rows,
  );
  for (const { name, error } of rows) if (error) output.warn(`${name}: ${error}`);
  return noQueue || rows.some(({ error }) => error) ? ExitCode.LEFT : ExitCode.DONE;
};

async function rowOf(context: Context, { queueUrl, functions }: DlqGroup): Promise<QueueRow> {
  const known = {
    name: parseQueue(queueUrl).name,
    queueUrl,
    stack: functions.find(({ stackName }) => stackName)?.stackName,
  };
  const newer = newerFormatOf(functions);
  if (newer) return { ...known, error: newer.message, newerFormat: newerFormat(newer) };
  return counted(known, async () => {
    const [deadLetters, undeliverables, parked] = await Promise.all(
      [[queueUrl], environmentValues(functions, 'UNDELIVERABLE_QUEUE_URL'), environmentValues(functions, 'PARKING_QUEUE_URL')]
        .map(async (urls) => messagesOf(context, urls)),
    );
    const waiting = await waitingFailureRecords(context, functions);
    if (waiting?.unknown !== undefined) context.output.note(`${known.name}: the tool cannot say how many failure records wait: ${waiting.unknown}`);
    const { visible, inFlight } = deadLetters ?? {};
    const failureRecords = waiting?.unknown === undefined ? waiting?.messages : undefined;
    return { failureRecords, visible, inFlight, undeliverable: undeliverables?.visible, parked: parked?.visible };
  });
}

/** A native dead-letter queue has no queues beside it. */
async function nativeRowOf(context: Context, { arn, stackName: stack }: TaggedResource): Promise<QueueRow> {
  const known = { name: parseQueue(arn).name, queueUrl: arn, stack };
  return counted(known, async () => {
    const queueUrl = await queueUrlOf(context.clients, arn, context.aborted);
    return { queueUrl, ...await messagesOf(context, [queueUrl]) };
  });
}

type MessageNumbers = Pick<QueueState['messages'], 'visible' | 'inFlight'>;

/** StreamDlqs that share a queue may each have a queue beside it. */
async function messagesOf({ clients, aborted }: Pick<Context, 'clients' | 'aborted'>, urls: readonly string[]): Promise<MessageNumbers | undefined> {
  const sqs = await clients.sqs();
  const all = await Promise.all(urls.map(async (url) => (await queueState(sqs, url, aborted)).messages));
  const sum = (name: 'visible' | 'inFlight'): number => all.reduce((total, messages) => total + messages[name], 0);
  return all.length === 0 ? undefined : { visible: sum('visible'), inFlight: sum('inFlight') };
}

/** One queue that is gone, or not ours to see, hides no other. */
async function counted(known: QueueRow, count: () => Promise<Partial<QueueRow>>): Promise<QueueRow> {
  try {
    return { ...known, ...await count() };
  } catch (error) {
    const { name, message, $fault } = error as Error & { $fault?: string };
    if ($fault !== 'client') throw error;
    return { ...known, error: `${name}: ${message}` };
  }
}
