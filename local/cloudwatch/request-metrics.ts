import type { GatewayResponse, Middleware } from '../gateway/types';
import { isObject, parseObject } from '../json';
import type { MetricId, Metrics } from './metrics';
import { queueMetric, streamMetric } from './service-metrics';

/** What a successful operation counts, by the list of its entries in the response. An operation without a list counts 1. */
interface Counted {
  readonly metricOf: (name: string) => MetricId;
  readonly entries?: string;
}

const records = (name: string) => streamMetric('IncomingRecords', name);
const deleted = (name: string) => queueMetric('NumberOfMessagesDeleted', name);

const OPERATIONS: Readonly<Record<string, Counted>> = {
  PutRecord: { metricOf: records },
  PutRecords: { metricOf: records, entries: 'Records' },
  DeleteMessage: { metricOf: deleted },
  DeleteMessageBatch: { metricOf: deleted, entries: 'Successful' },
};

/** Records the metrics of Kinesis and SQS that count requests. The gateway does not see the requests of the administrator's clients. */
export function recordRequestMetrics(metrics: Metrics): Middleware {
  return async ({ action, resources: [resource] }, next) => {
    const answer = await next();
    const counted = OPERATIONS[action];
    if (counted && answer?.status === 200) {
      const value = entriesIn(answer, counted.entries);
      if (value > 0) metrics.record(counted.metricOf(resource.split(/[:/]/).at(-1)!), value);
    }
    return answer;
  };
}

function entriesIn({ body }: GatewayResponse, list: string | undefined): number {
  if (list === undefined) return 1;
  const entries = parseObject(body)[list];
  // An entry of PutRecords that failed has an error code.
  return Array.isArray(entries) ? entries.filter((entry) => isObject(entry) && typeof entry.ErrorCode !== 'string').length : 0;
}
