import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Asset } from '../src/contract';

export const ASSETS = resolve(__dirname, '..', 'assets');

/** What a function needs to start, as its template gives it. Nothing is called. */
export const FUNCTION_ENVIRONMENT = {
  AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512', QUEUE_URL: 'http://127.0.0.1:1/1/queue', QUEUE_MAX_MESSAGE_BYTES: '1048576',
  UNDELIVERABLE_QUEUE_URL: 'http://127.0.0.1:1/1/undeliverables', OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: 'dead-letters/',
  CAPTURE_BUCKET: 'captures', PARKING_QUEUE_URL: 'http://127.0.0.1:1/1/parked', MAX_ATTEMPTS: '3', SEND_SUPERSET: 'true',
  INTAKE_QUEUE_URL: 'http://127.0.0.1:1/1/intake', MAX_CONCURRENCY: '2',
};

/** A start of a function: what it loads for its first event. */
export interface Start {
  readonly name: string;
  readonly asset: string;
  /** The chunk that the first event of this kind loads, where there is one: its name without the hash. */
  readonly chunk?: string;
}

export const STARTS: readonly Start[] = [
  { name: 'hydrate, Kinesis', asset: Asset.HYDRATE, chunk: 'kinesis-reader' },
  { name: 'hydrate, tables', asset: Asset.HYDRATE, chunk: 'dynamo-reader' },
  { name: 'capture', asset: Asset.CAPTURE_S3 },
  { name: 'redrive', asset: Asset.REDRIVE },
];

export function filesOf(asset: string): readonly string[] {
  return readdirSync(join(ASSETS, asset)).filter((file) => file.endsWith('.mjs'));
}

/** The files that a start begins with. */
export function entriesOf({ asset, chunk }: Start): readonly string[] {
  return ['index.mjs', ...filesOf(asset).filter((file) => chunk !== undefined && file.startsWith(`${chunk}-`))];
}

/** Files with all that they import at once: without what a function loads only when it needs it. */
export function loadedWith(asset: string, files: readonly string[]): ReadonlySet<string> {
  const loaded = new Set(files);
  // A set gives what is added meanwhile too.
  for (const file of loaded) {
    for (const [, other] of readFileSync(join(ASSETS, asset, file), 'utf8').matchAll(/\b(?:from|import)"\.\/([^"]+)"/g)) loaded.add(other);
  }
  return loaded;
}
