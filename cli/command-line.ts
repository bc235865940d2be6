import type { GlobalOptions } from './context';
import type { QueueContent } from './dlq';

/** Which of the queues of a stack is meant. */
const OPTIONS: Record<QueueContent, readonly string[]> = { 'dead letters': [], 'undeliverables': ['--undeliverables'], 'parked messages': ['--parked'] };

/** A command of this tool for the same queue, account and region, to be copied and run. */
export function operatorCommand(command: string, given: Partial<GlobalOptions>, content: QueueContent = 'dead letters'): string {
  const { queue, stack, region, profile, endpointUrl } = given;
  const where = Object.entries({ stack, queue, region, profile, 'endpoint-url': endpointUrl });
  return [
    'npx stream-dlq',
    command,
    ...OPTIONS[content],
    ...where.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, quoted(value)])),
  ].join(' ');
}

/** The same for the messages of a file: no queue is needed. */
export function fileCommand(command: string, file: string, given: Partial<GlobalOptions>, content?: QueueContent): string {
  return operatorCommand(`${command} --from ${quoted(file)}`, { ...given, queue: undefined, stack: undefined }, content);
}

/** The same where neither --queue nor --stack may have been given: the stack is left to be filled in. */
export function commandForQueue(command: string, given: Partial<GlobalOptions>): string {
  return operatorCommand(command, given.queue === undefined && given.stack === undefined ? { ...given, stack: 'NAME' } : given);
}

/** As a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
