import type { GlobalOptions } from '../context';
import type { QueueContent } from '../queue/chosen-queue';

/** Which of the queues of a stack is meant. */
const OPTIONS: Record<QueueContent, readonly string[]> = { 'dead letters': [], 'undeliverables': ['--undeliverables'], 'parked messages': ['--parked'] };

/** A command for the same queue, account and region, to be copied and run. */
export function operatorCommand(command: string, content: QueueContent, { queue, stack, region, profile, endpointUrl }: GlobalOptions): string {
  const where = Object.entries({ stack, queue, region, profile, 'endpoint-url': endpointUrl });
  return [
    'npx stream-dlq',
    command,
    ...OPTIONS[content],
    ...where.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, quoted(value)])),
  ].join(' ');
}

/** As a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
