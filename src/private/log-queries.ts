import { Names } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { HydrationStatus, isWhole } from '../contract';

/** The line that a capture function logs for each dead letter. */
const DEAD_LETTER = 'notice = "dead letter sent"';
const INCOMPLETE = Object.values(HydrationStatus).filter((status) => !isWhole(status)).map((status) => `"${status}"`).join(', ');

/** By name. Logs Insights finds the fields of the JSON in a line. */
const QUERIES: { readonly [name: string]: logs.QueryStringProps } = {
  'dead-letters': {
    filterStatements: [DEAD_LETTER],
    statsStatements: ['count(*) as deadLetters, sum(recoveredRecords) as records by functionArn, status, condition'],
    sort: 'deadLetters desc',
  },
  'incomplete': {
    fields: ['@timestamp', 'deadLetterId', 'status', 'expectedRecords', 'recoveredRecords', 'error.name', 'streamArn', 'shardId'],
    filterStatements: [DEAD_LETTER, `status in [${INCOMPLETE}]`],
    sort: '@timestamp desc',
  },
  'latency': {
    filterStatements: [DEAD_LETTER],
    statsStatements: ['pct(latencyMillis, 50) as p50, pct(latencyMillis, 99) as p99, max(latencyMillis) as longest by bin(5m)'],
  },
  'errors': {
    fields: ['@timestamp', '@message'],
    filterStatements: ['level = "ERROR" or @message like /ERROR|Task timed out|Runtime exited/'],
    sort: '@timestamp desc',
  },
};

/** Defines saved queries over the logs of the capture functions. */
export function defineLogQueries(dlq: Construct, logGroups: readonly logs.ILogGroup[]): void {
  const folder = Names.uniqueResourceName(dlq, { maxLength: 200, separator: '-' });
  for (const [name, query] of Object.entries(QUERIES)) {
    new logs.QueryDefinition(dlq, `${name}-query`, {
      queryDefinitionName: `cdk-stream-dlq/${folder}/${name}`,
      queryString: new logs.QueryString(query),
      logGroups: [...logGroups],
    });
  }
}
