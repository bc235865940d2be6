import { readFileSync } from 'node:fs';
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { CopyObjectRequest, GetObjectOutput, GetObjectRequest, PutObjectRequest } from '@aws-sdk/client-s3';
import type { Plugin } from 'esbuild';

/** The members that the functions, and the middleware of the SDK, use. Clients know no other members of these structures. */
export const USED_MEMBERS = {
  s3: {
    // ChecksumMode: flexible checksums ask S3 for the checksum of an object.
    GetObjectRequest: ['Bucket', 'Key', 'ChecksumMode'] satisfies (keyof GetObjectRequest)[],
    GetObjectOutput: ['Body'] satisfies (keyof GetObjectOutput)[],
    PutObjectRequest: ['Bucket', 'Key', 'Body', 'ContentType'] satisfies (keyof PutObjectRequest)[],
    PutObjectOutput: [],
    CopyObjectRequest: ['Bucket', 'CopySource', 'Key', 'ContentType', 'MetadataDirective', 'TaggingDirective'] satisfies (keyof CopyObjectRequest)[],
    CopyObjectOutput: [],
  },
  lambda: {
    FunctionConfiguration: ['Role'] satisfies (keyof FunctionConfiguration)[],
  },
} satisfies UsedMembers;

/** By client and structure. */
type UsedMembers = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** A client, and the text of its schemas. */
interface Schemas {
  readonly client: string;
  readonly text: string;
}

const constantsOf = (text: string) => new Map([...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]));

/** esbuild keeps an object with a computed key: the expression could have side effects. The keys are constants of the same file. */
function withPlainKeys(text: string): string {
  const values = constantsOf(text);
  return text.replace(/\[(\w+)\]:/g, (key, name: string) => (values.has(name) ? `${values.get(name)!}:` : key));
}

/** The parts of a list, as text. */
function partsOf(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < list.length; at++) {
    if ('[{('.includes(list[at])) depth += 1;
    if (']})'.includes(list[at])) depth -= 1;
    if (list[at] !== ',' || depth > 0) continue;
    parts.push(list.slice(start, at).trim());
    start = at + 1;
  }
  return [...parts, list.slice(start).trim()];
}

/** A structure is a list of names, a list of types, and the number of required members, which are the first. */
function withMembers(text: string, structure: string, used: readonly string[]): string {
  const values = constantsOf(text);
  const pattern = new RegExp(`^(export var ${structure}\\$ = \\[3, n0, \\w+,\\n +0,\\n) +\\[(.*)\\],\\n +\\[(.*)\\](?:, (\\d+))?\\n\\];$`, 'm');
  const [whole, head, names, types, required = '0'] = pattern.exec(text) ?? [];
  if (!whole) throw new Error(`the schema of ${structure} must look as USED_MEMBERS expects, got: another form; compare it with the schemas of the SDK`);
  const typeList = partsOf(types);
  const members = partsOf(names)
    .map((name, index) => ({ name, value: values.get(name), type: typeList[index], isRequired: index < Number(required) }));
  const kept = members.filter(({ value }) => used.some((it) => JSON.stringify(it) === value));
  const lost = members.filter((it) => it.isRequired && !kept.includes(it));
  if (kept.length !== used.length || typeList.length !== members.length || lost.length > 0) {
    throw new Error(`USED_MEMBERS of ${structure} must be members, all required ones included, got: ${used.join()}; compare the schemas of the SDK`);
  }
  const count = kept.filter(({ isRequired }) => isRequired).length;
  return text.replace(whole, () => `${head}[${kept.map(({ name }) => name).join()}],[${kept.map(({ type }) => type).join()}],${count}];`);
}

/** Clients whose errors have their own names on the wire, and whose classes no function refers to. */
const BASE_ERRORS = ['cloudwatch-logs', 'lambda', 's3'];

/** The schemas of a client, without what no function uses. */
export function shortened({ client, text }: Schemas): string {
  let short = text;
  for (const [structure, members] of Object.entries((USED_MEMBERS as UsedMembers)[client] ?? {})) {
    short = withMembers(short, structure, members);
  }
  if (BASE_ERRORS.includes(client)) {
    const error = /^n0_registry\.registerError\(.*\);$/gm;
    if (!error.test(short)) throw new Error(`the schemas of ${client} must register their errors, got: none; compare BASE_ERRORS with the SDK`);
    short = short.replace(error, '');
  }
  return withPlainKeys(short);
}

/**
 * A client describes its whole API in constants. esbuild drops those that a bundle does not use, with three things changed: keys are not
 * computed; large structures have only the members that a function uses; and an error of S3, Lambda or CloudWatch Logs is of the base class of
 * its service, with its own name and message, so that the 70 schemas of their errors are not used. The errors of SQS have other names on the
 * wire, and functions refer to classes of those of the streams.
 */
export const shortSchemas: Plugin = {
  name: 'short-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const [, client] = /[\\/]client-([^\\/]+)[\\/]/.exec(path)!;
      return { contents: shortened({ client, text: readFileSync(path, 'utf8') }), loader: 'js' };
    });
  },
};
