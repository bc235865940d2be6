import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FullJitterRetry } from '../shared/redrive/full-jitter-retry';

/** Options of every SDK client. The Kinesis client's own HTTP/2 handler opens a session for every request; this one keeps its connections. */
export const clientOptions = {
  requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true }),
  retryStrategy: new FullJitterRetry(),
};
