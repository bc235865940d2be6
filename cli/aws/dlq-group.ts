import { isSameQueue } from './queue-name';
import type { ConfiguredFunction } from './tagged-functions';

/** The functions around one dead-letter queue. */
export interface DlqGroup {
  readonly queueUrl: string;
  readonly functions: readonly ConfiguredFunction[];
}

/** The functions by the dead-letter queue they work with. */
export function byQueue(functions: readonly ConfiguredFunction[]): DlqGroup[] {
  const groups: { queueUrl: string; functions: ConfiguredFunction[] }[] = [];
  for (const each of functions) {
    const queueUrl = each.environment.QUEUE_URL;
    if (queueUrl === undefined) continue;
    const group = groups.find((other) => isSameQueue(other.queueUrl, queueUrl));
    if (group) group.functions.push(each);
    else groups.push({ queueUrl, functions: [each] });
  }
  return groups;
}

type Variable = keyof ConfiguredFunction['environment'];

/** What the functions were told under a name; the first of them where they were told different things. */
export function told(functions: readonly ConfiguredFunction[], variable: Variable): string | undefined {
  return functions.find(({ environment }) => environment[variable])?.environment[variable];
}

/** The same, but nothing where they were told different things: several streams may share a queue. */
export function toldAlike(functions: readonly ConfiguredFunction[], variable: Variable): string | undefined {
  const values = new Set(functions.flatMap(({ environment }) => environment[variable] ?? []));
  return values.size === 1 ? [...values][0] : undefined;
}
