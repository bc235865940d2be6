import { operatorCommand } from '../../command-line';
import type { Context } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import { count } from '../../output/text';
import { failureRecordsText, type Waiting, waitingFailureRecords, waitingUndeliverables } from '../../queue/waiting-beside';

/** What waits beside the dead letters of a queue: in a storm it is most of what failed. */
export interface Beside {
  readonly failureRecords?: Waiting;
  readonly undeliverables?: Waiting;
}

/** Undefined for a file, for what is in another queue of a stack, and where no such queue is known. */
export async function besideOf(context: Context, { queue, content }: MessageSource): Promise<Beside | undefined> {
  if (!queue || content !== 'dead letters') return undefined;
  const { functions } = queue;
  const [failureRecords, undeliverables] = await Promise.all([waitingFailureRecords(context, functions), waitingUndeliverables(context, functions)]);
  return failureRecords || undeliverables ? { failureRecords, undeliverables } : undefined;
}

export function printBeside({ output, options }: Pick<Context, 'output' | 'options'>, { failureRecords, undeliverables }: Beside): void {
  const text = failureRecordsText(failureRecords);
  if (text !== undefined) output.prose(output.colors.yellow(`  ${text}`), 2);
  if (undeliverables && undeliverables.messages > 0) {
    output.prose(`  about ${count(undeliverables.messages, 'event')} could not become a dead letter:`, 2);
    const { queueUrls } = undeliverables;
    const commands = queueUrls.length === 1
      ? [operatorCommand('ls', options, 'undeliverables')]
      : queueUrls.map((queue) => operatorCommand('ls', { ...options, queue, stack: undefined }));
    for (const command of commands) output.line(`    ${command}`);
  }
  for (const [what, waiting] of [['failure records', failureRecords], ['undeliverables', undeliverables]] as const) {
    if (waiting?.unknown !== undefined) output.note(`the tool cannot say how many ${what} wait: ${waiting.unknown}`);
  }
}

/** Without the numbers that are not known. */
export function besideJson({ failureRecords, undeliverables }: Beside): object {
  const known = (waiting: Waiting | undefined) => (waiting?.unknown === undefined ? waiting?.messages : undefined);
  return { waiting: { failureRecords: known(failureRecords), undeliverables: known(undeliverables) } };
}
