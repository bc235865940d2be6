import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelMessageMoveTaskCommand, ListMessageMoveTasksCommand, type ListMessageMoveTasksResultEntry, type SQSClient, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';

/** A task of SQS that moves all messages of a dead-letter queue. */
export interface MoveTask {
  readonly status: string;
  /** About. */
  readonly moved: number;
  /** About how many there were when it started. */
  readonly toMove?: number;
  readonly startedAt?: Date;
  readonly destinationArn?: string;
  readonly perSecond?: number;
  /** To cancel it, while it runs. */
  readonly handle?: string;
  readonly failureReason?: string;
}

export interface MoveRequest {
  readonly sourceArn: string;
  readonly destinationArn?: string;
  readonly perSecond?: number;
}

/** The most that SQS lists. */
const MOST_TASKS = 10;
const POLL_MILLIS = 1_000;
/** A task that was just started may not be listed yet. */
const MOST_UNLISTED_POLLS = 30;

const ACTIVE: ReadonlySet<string> = new Set(['RUNNING', 'CANCELLING']);

export function isActive({ status }: MoveTask): boolean {
  return ACTIVE.has(status);
}

/** The tasks of a dead-letter queue, the newest first. */
export async function moveTasks(client: SQSClient, sourceArn: string, abortSignal?: AbortSignal): Promise<readonly MoveTask[]> {
  const { Results = [] } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: sourceArn, MaxResults: MOST_TASKS }), { abortSignal });
  return Results.map(taskOf).sort((one, other) => (other.startedAt?.getTime() ?? 0) - (one.startedAt?.getTime() ?? 0));
}

/** A task that this process has started. */
export class StartedTask {
  static async start(
    client: SQSClient, { sourceArn, destinationArn, perSecond }: MoveRequest, before: readonly MoveTask[], abortSignal?: AbortSignal,
  ): Promise<StartedTask> {
    const input = { SourceArn: sourceArn, DestinationArn: destinationArn, MaxNumberOfMessagesPerSecond: perSecond };
    const { TaskHandle: handle = '' } = await client.send(new StartMessageMoveTaskCommand(input), { abortSignal });
    return new StartedTask(client, sourceArn, handle, before[0]?.startedAt?.getTime() ?? 0);
  }

  private unlisted = 0;
  private startedAt: number | undefined;

  private constructor(
    private readonly client: SQSClient,
    private readonly sourceArn: string,
    readonly handle: string,
    /** When the last task before it started. */
    private readonly startedBefore: number,
  ) {}

  /** Watches it to its end. Undefined where the wait was cut short, or SQS never lists the task. */
  async ended(onProgress: (task: MoveTask) => void, signal: AbortSignal, pollMillis = POLL_MILLIS): Promise<MoveTask | undefined> {
    while (!signal.aborted && this.unlisted < MOST_UNLISTED_POLLS) {
      const task = await this.look(signal).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (task) onProgress(task);
      if (task && !isActive(task)) return task;
      await sleep(pollMillis, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  /** About how many messages it has moved by then. Undefined where it is over. What is moved stays moved. */
  async cancel(): Promise<number | undefined> {
    try {
      const { ApproximateNumberOfMessagesMoved: moved = 0 } = await this.client.send(new CancelMessageMoveTaskCommand({ TaskHandle: this.handle }));
      return moved;
    } catch (error) {
      if ((error as { $fault?: string }).$fault === 'client') return undefined;
      throw error;
    }
  }

  /** Only a running task has its handle in the list: after that it is known by its start. */
  private async look(signal: AbortSignal): Promise<MoveTask | undefined> {
    const tasks = await moveTasks(this.client, this.sourceArn, signal);
    const task = tasks.find(({ handle, startedAt }) => {
      const time = startedAt?.getTime() ?? 0;
      return handle === this.handle || (this.startedAt === undefined ? time > this.startedBefore : time === this.startedAt);
    });
    if (!task) this.unlisted++;
    this.startedAt ??= task?.startedAt?.getTime();
    return task;
  }
}

function taskOf(entry: ListMessageMoveTasksResultEntry): MoveTask {
  return {
    status: entry.Status ?? 'unknown',
    moved: entry.ApproximateNumberOfMessagesMoved ?? 0,
    ...(entry.ApproximateNumberOfMessagesToMove !== undefined && { toMove: entry.ApproximateNumberOfMessagesToMove }),
    ...(entry.StartedTimestamp !== undefined && { startedAt: new Date(entry.StartedTimestamp) }),
    ...(entry.DestinationArn && { destinationArn: entry.DestinationArn }),
    ...(entry.MaxNumberOfMessagesPerSecond && { perSecond: entry.MaxNumberOfMessagesPerSecond }),
    ...(entry.TaskHandle && { handle: entry.TaskHandle }),
    ...(entry.FailureReason && { failureReason: entry.FailureReason }),
  };
}
