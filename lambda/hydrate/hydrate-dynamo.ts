import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { Environment } from '../../src/contract';
import { dataBudget } from '../runtime/data-budget';
import { requireEnv, requireNumberEnv } from '../runtime/require-env';
import { clientOptions } from '../shared/client-options';
import { DynamoReader } from './dynamo-reader';
import { hydrateFrom } from './hydrate-from';

export const handler = hydrateFrom(
  new DynamoReader(new DynamoDBStreamsClient(clientOptions), {
    streamArn: requireEnv(Environment.STREAM_ARN),
    retentionMillis: requireNumberEnv(Environment.STREAM_RETENTION_HOURS) * 3_600_000,
    maxBytes: dataBudget(),
  }),
);
