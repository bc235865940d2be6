import { KinesisClient } from '@aws-sdk/client-kinesis';
import { Environment } from '../../src/contract';
import { dataBudget } from '../runtime/data-budget';
import { requireEnv, requireNumberEnv } from '../runtime/require-env';
import { clientOptions } from '../shared/client-options';
import { hydrateFrom } from './hydrate-from';
import { KinesisReader } from './kinesis-reader';

export const handler = hydrateFrom(
  new KinesisReader(new KinesisClient(clientOptions), {
    streamArn: requireEnv(Environment.STREAM_ARN),
    retentionMillis: requireNumberEnv(Environment.STREAM_RETENTION_HOURS) * 3_600_000,
    maxBytes: dataBudget(),
  }),
);
