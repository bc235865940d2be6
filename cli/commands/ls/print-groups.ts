import type { MessageSource } from '../../dead-letters/message-source';
import type { Column, Output } from '../../output/output';
import { printable } from '../../output/printable';
import { count, shortId } from '../../output/text';
import { shortAge } from '../../time';
import type { Group, Grouping } from './groups';

/** Groups that are printed: the rest is in --json. */
const MOST_PRINTED = 50;
/** As much of a message as tells one error from another. */
const MOST_NAME_CHARACTERS = 300;

/** As much of an error as says more than its type, on 80 columns. */
const LEAST_OF_ERROR = 32;

/** Groups as a table. */
export function printGroups(groups: readonly Group[], by: Grouping, output: Output, now: Date, isNative: boolean): void {
  if (groups.length === 0) return;
  const shown = groups.slice(0, MOST_PRINTED);
  output.table(columnsOf(by, now, isNative), shown);
  if (groups.length > shown.length) output.line(`and ${count(groups.length - shown.length, 'smaller group')}: --json has all`);
  output.line();
}

/** Why some have no reason, and what to do with the first group. */
export function printNextSteps(groups: readonly Group[], source: Pick<MessageSource, 'command' | 'native'>, output: Output): void {
  for (const { notFound, deadLetters } of groups) {
    if (notFound) output.prose(`  ${count(deadLetters, 'dead letter')}, ${notFound.name}: ${printable(notFound.message)}`, 2);
  }
  const { id, records = 0, example = '' } = groups[0] ?? {};
  if (id === undefined) return;
  // As of failure records that nothing has read the records of.
  if (records === 0 && !source.native) {
    output.line('The first group holds no records to send. See how to get those of one of its dead letters:');
    output.line(`    ${source.command(`show ${shortId(example)}`)}`);
    return;
  }
  output.line('After a fix, send the first group again:');
  output.line(`    ${source.command(`redrive --group ${id}`)}`);
}

export function groupJson({ document, functions, deadLetters, records, first, last, example }: Group): object {
  return { ...document, deadLetters, records, first: first.toISOString(), last: last.toISOString(), functions: [...functions].sort(), example };
}

function columnsOf(by: Grouping, now: Date, isNative: boolean): readonly Column<Group>[] {
  const age = (time: Date) => shortAge(now.getTime() - time.getTime());
  const name: Column<Group> = { title: by, value: (it) => oneLine(it.name), shrinks: by === 'key' || by === 'error' ? true : 'middle', ...(by === 'error' && { least: LEAST_OF_ERROR }) };
  const functions: Column<Group> = { title: 'function', value: (it) => [...it.functions].sort().join(', '), shrinks: 'middle', expendable: 1 };
  const records: Column<Group> = { title: 'records', value: (it) => it.records.toLocaleString('en-US'), align: 'right', expendable: 2 };
  return [
    ...(by === 'error' ? [{ title: 'group', value: ({ id }: Group) => id ?? '' }] : [name]),
    { title: 'dead letters', value: ({ deadLetters }) => deadLetters.toLocaleString('en-US'), align: 'right' },
    ...(isNative ? [] : [records]),
    { title: 'first', value: ({ first }) => age(first), align: 'right', ...(by === 'error' && { expendable: 3 }) },
    { title: 'last', value: ({ last }) => age(last), align: 'right' },
    { title: 'one of them', value: ({ example }) => shortId(example) },
    ...(by === 'error' ? [name] : []),
    ...(by === 'function' || isNative ? [] : [functions]),
  ];
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MOST_NAME_CHARACTERS ? `${line.slice(0, MOST_NAME_CHARACTERS)}…` : line;
}
