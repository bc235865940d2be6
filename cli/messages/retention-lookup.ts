import { isDynamoDb, streamOf } from '../../lambda/shared/dead-letter/failure-record';
import { isServiceError } from '../aws/aws-error';
import type { Context } from '../context';
import type { Retention, RetentionOf } from './stream-retention';

/** Whatever else a failure record may have in its place is no stream to ask. */
const KINESIS_STREAM = /^arn:[^:]+:kinesis:[^:]+:\d{12}:stream\/[\w.-]+$/;
/** DynamoDB keeps the records of every table for as long. */
const OF_TABLE: Retention = { hours: 24, isOfTable: true };

/** What is known without asking AWS. */
export const retentionOfTables: RetentionOf = async (arn) => (typeof arn === 'string' && isDynamoDb(arn) ? OF_TABLE : undefined);

/** Of a table it is known; a Kinesis stream is asked, once in a run. */
export function retentionLookup({ clients, aborted }: Pick<Context, 'clients' | 'aborted'>): RetentionOf {
  const asked = new Map<string, Promise<Retention | undefined>>();
  return async (arn) => {
    if (typeof arn !== 'string') return undefined;
    if (isDynamoDb(arn)) return OF_TABLE;
    const streamArn = streamOf(arn);
    if (!KINESIS_STREAM.test(streamArn)) return undefined;
    const retention = asked.get(streamArn) ?? ask(streamArn);
    asked.set(streamArn, retention);
    return retention;
  };

  async function ask(streamArn: string): Promise<Retention | undefined> {
    try {
      // The SDK is loaded for the first stream that is asked.
      const { DescribeStreamSummaryCommand } = await import('@aws-sdk/client-kinesis');
      const answer = await (await clients.kinesis()).send(new DescribeStreamSummaryCommand({ StreamARN: streamArn }), { abortSignal: aborted });
      const hours = answer.StreamDescriptionSummary?.RetentionPeriodHours;
      return hours === undefined ? undefined : { hours, isOfTable: false };
    } catch (error) {
      // It is advice: where the stream is gone, or may not be asked, there is less of it.
      if (isServiceError(error)) return undefined;
      throw error;
    }
  }
}
