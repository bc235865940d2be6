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
type Told = { readonly environment?: ConfiguredFunction['environment'] };

/** All that the functions were told under a name, each once. */
export function environmentValues(functions: readonly Told[], variable: Variable): string[] {
  return [...new Set(functions.flatMap(({ environment }) => environment?.[variable] || []))];
}

/** What the functions were told under a name; nothing where they were told different things: several StreamDlqs may share a queue. */
export function onlyEnvironmentValue(functions: readonly Told[], variable: Variable): string | undefined {
  const [value, ...others] = environmentValues(functions, variable);
  return others.length === 0 ? value : undefined;
}
