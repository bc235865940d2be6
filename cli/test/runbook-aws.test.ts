import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as kinesis from '@aws-sdk/client-kinesis';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { OperatorActions } from '../../src/contract';
import { wordsOf } from './support/printed-commands';
import { RUNBOOK } from './support/runbook';

/** What the AWS CLI calls a service: its client, and what its actions begin with in policies. */
const SERVICES: Record<string, { readonly client: object; readonly prefix: string }> = {
  lambda: { client: lambda, prefix: 'lambda' },
  logs: { client: logs, prefix: 'logs' },
  kinesis: { client: kinesis, prefix: 'kinesis' },
  sqs: { client: sqs, prefix: 'sqs' },
  s3api: { client: s3, prefix: 's3' },
};

/** Actions that have other names than their operations. */
const ACTIONS: Record<string, string> = { 's3:ListObjectsV2': 's3:ListBucket' };

const GRANTED: readonly string[] = [OperatorActions.READ, OperatorActions.REDRIVE].flatMap((actions) => Object.values(actions).flat());

/** Options of the AWS CLI itself. */
const OF_CLI = ['query'];

const pascal = (name: string): string => name.split('-').map((part) => part[0].toUpperCase() + part.slice(1)).join('');

const commands = RUNBOOK.flatMap(({ name, text, lines }) =>
  lines.filter((line) => line.startsWith('aws ')).map((line) => [line, name, text] as const));

/** A part of the SDK's model of a service: a structure has members, a list has elements. */
interface Shape {
  readonly members: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
}

/** Members and lists, as the clients have them in their schemas: references are lazy, or have traits. */
function shapeOf(reference: unknown): Shape {
  const [target] = Array.isArray(reference) && typeof reference[0] !== 'number' ? (reference as unknown[]) : [reference];
  const schema = (typeof target === 'function' ? (target as () => unknown)() : target) as unknown[] | number | string;
  if (!Array.isArray(schema)) return { members: {} };
  if (schema[0] === 1) return { members: {}, element: schema[4] };
  const [names, references] = [schema[4] as string[] | undefined, schema[5] as unknown[]];
  return { members: Object.fromEntries((names ?? []).map((name, place) => [name, references[place]])) };
}

/** Parts between commas, outside of brackets. */
function partsOf(list: string): string[] {
  let depth = 0;
  return [...list].reduce<string[]>((parts, char) => {
    if (char === '[') depth++;
    if (char === ']') depth--;
    if (char === ',' && depth === 0) return [...parts, ''];
    return [...parts.slice(0, -1), parts.at(-1)! + char];
  }, ['']).map((part) => part.trim());
}

/** Members that a query names and the answer does not have. */
function unknownIn(query: string, reference: unknown): string[] {
  if (query.startsWith('[')) return partsOf(query.slice(1, -1)).flatMap((part) => unknownIn(part, reference));
  const [, name, index, rest] = /^(\w+)(\[\d*\])?\.?(.*)$/.exec(query)!;
  const { members } = shapeOf(reference);
  if (!(name in members)) return [name];
  const member = members[name];
  const next = index ? shapeOf(member).element : member;
  if (next === undefined) return [`${name}${index}`];
  return rest ? unknownIn(rest, next) : [];
}

test('the page has commands of AWS', () => expect(commands.length).toBeGreaterThan(10));

describe.each(commands)('%s', (line, name, text) => {
  const [, service, operation, ...rest] = wordsOf(line.replaceAll(/\$\(\(.*?\)\)000/g, '1'));
  const { client, prefix } = SERVICES[service];
  const schema = (client as Record<string, unknown[]>)[`${pascal(operation)}$`];
  const options = rest.flatMap((word, place) => (word.startsWith('--') ? [[word.slice(2), rest[place + 1]]] : []));
  const input = shapeOf(schema?.[4]).members;

  test('is an operation, with options that it has', () => {
    expect(client).toHaveProperty(`${pascal(operation)}Command`);
    const known = Object.keys(input).map((member) => member.toLowerCase());
    expect(options.map(([option]) => option).filter((option) => !OF_CLI.includes(option) && !known.includes(option.replaceAll('-', '')))).toEqual([]);
    expect(rest).toHaveLength(2 * options.length);
  });

  test('asks for what the answer has', () => {
    const query = options.find(([option]) => option === 'query')?.[1];
    expect(query === undefined ? [] : unknownIn(query, schema[5])).toEqual([]);
  });

  test('takes JSON of the members that there are', () => {
    for (const [option, value] of options.filter(([, it]) => it.startsWith('{'))) {
      let reference = input[pascal(option)];
      for (let json: unknown = JSON.parse(value); typeof json === 'object'; json = Object.values(json as object)[0]) {
        const [member] = Object.keys(json as object);
        expect(shapeOf(reference).members).toHaveProperty(member);
        reference = shapeOf(reference).members[member];
      }
    }
  });

  test('takes an action that an operator has, or that its section names', () => {
    const action = `${prefix}:${pascal(operation)}`;
    const needed = ACTIONS[action] ?? action;
    expect([name, needed, GRANTED.includes(needed) || text.includes(`\`${needed}\``)]).toEqual([name, needed, true]);
  });
});
