import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as kinesis from '@aws-sdk/client-kinesis';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { build } from 'esbuild';
import { compactErrors } from '../../projenrc/bundle-plugins';

type ErrorClass = new (options: object) => Error & { readonly $fault?: string; readonly $retryable?: object };

const CLIENTS = { kinesis, lambda, s3, sqs };
const isError = ([name, it]: readonly [string, unknown]) =>
  typeof it === 'function' && it.prototype instanceof Error && !name.endsWith('ServiceException') && !name.startsWith('__');

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'compact-errors-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The errors of a client as the bundles have them, with its base class. */
async function bundled(client: string): Promise<Record<string, ErrorClass>> {
  const outfile = join(folder, `${client}.cjs`);
  await build({
    stdin: { contents: `export * from '@aws-sdk/client-${client}'`, resolveDir: resolve(__dirname, '..', '..') }, outfile, bundle: true, platform: 'node',
    mainFields: ['module', 'main'], minify: true, plugins: [compactErrors], logLevel: 'error',
  });
  return jest.requireActual<Record<string, ErrorClass>>(outfile);
}

test.each(Object.entries(CLIENTS))('the errors of %s are as the SDK has them', async (client, sdk) => {
  const ours = await bundled(client);
  const names = Object.entries(sdk).filter(isError).map(([name]) => name);
  expect(names.length).toBeGreaterThan(3);
  const other = ours[names.at(-1)!];
  for (const name of names) {
    const [it, expected] = [ours, sdk as unknown as Record<string, ErrorClass>].map((all) => new all[name]({ message: 'no', $metadata: {} }));
    expect([it.name, it.message, it.$fault, it.$retryable]).toEqual([expected.name, expected.message, expected.$fault, expected.$retryable]);
    expect(it).toBeInstanceOf(ours[name]);
    expect(it).toBeInstanceOf(Object.entries(ours).find(([key]) => key.endsWith('ServiceException') && !key.startsWith('__'))![1]);
    // All classes come from one function: an error must not be of another one.
    if (ours[name] !== other) expect(it).not.toBeInstanceOf(other);
  }
});
