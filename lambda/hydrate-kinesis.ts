import { KinesisClient } from '@aws-sdk/client-kinesis';
import { Environment } from '../src/contract';
import { clientOptions } from './client-options';
import { dataBudget } from './data-budget';
import { hydrateFrom } from './hydrate-from';
import { KinesisReader } from './kinesis-reader';
import { requireEnv, requireNumberEnv } from './require-env';

export const handler = hydrateFrom(
  new KinesisReader(new KinesisClient(clientOptions), {
    streamArn: requireEnv(Environment.STREAM_ARN),
    retentionMillis: requireNumberEnv(Environment.STREAM_RETENTION_HOURS) * 3_600_000,
    maxBytes: dataBudget(),
  }),
);
