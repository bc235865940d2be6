import type { SQSClient } from '@aws-sdk/client-sqs';
import { type QueueState, queueState } from '../aws/queue-state';
import { CliError } from '../cli-error';
import type { Dlq, QueueContent } from '../dlq';
import { ExitCode } from '../exit-code';

/** Which of the queues of a stack is meant. */
export interface QueueChoice {
  readonly undeliverables: boolean;
  readonly parked: boolean;
}

/** One of the queues that belong together, and what it holds. */
export interface ChosenQueue extends QueueState {
  readonly content: QueueContent;
  /** Those around it. */
  readonly functions: Dlq['functions'];
  /** Where SQS itself moves messages here. */
  readonly native?: Dlq['native'];
}

/** The queue that --undeliverables or --parked mean, or else the dead-letter queue itself. @throws CliError */
export async function chosenQueue(client: SQSClient, dlq: Dlq, { undeliverables, parked }: QueueChoice): Promise<ChosenQueue> {
  const { functions } = dlq;
  if (undeliverables) {
    return { ...(await queueState(client, known(dlq.undeliverableQueueUrl, '--undeliverables', 'an undeliverable queue'))), content: 'undeliverables', functions };
  }
  if (parked) {
    return { ...(await queueState(client, known(dlq.parkingQueueUrl, '--parked', 'a parking queue: only a RedriveFunction has one'))), content: 'parked messages', functions };
  }
  return { ...dlq, content: dlq.queueUrl === dlq.undeliverableQueueUrl ? 'undeliverables' : 'dead letters' };
}

/** A receive counts: on a queue that moves messages away after so many, looking does harm. @throws CliError */
export function requireUncountedReceives({ queueUrl, redrivePolicy }: QueueState, countReceives: boolean): void {
  if (!redrivePolicy || countReceives) return;
  const { maxReceiveCount, deadLetterTargetArn } = redrivePolicy;
  throw new CliError(
    `${queueUrl} has a RedrivePolicy: a message that was received ${maxReceiveCount} times goes to ${deadLetterTargetArn} at the next receive, ` +
      'and whatever looks at a message receives it. Add --count-receives to go on all the same.',
  );
}

function known(url: string | undefined, option: string, what: string): string {
  if (url) return url;
  throw new CliError(
    `${option}: nothing is known of ${what}. The functions of the stack say so: find them by --stack NAME, or name that queue itself by --queue, also where there are several.`,
    ExitCode.REFUSED,
  );
}
