import { Duration, Token } from 'aws-cdk-lib';
import { CfnStream, IStream } from 'aws-cdk-lib/aws-kinesis';
import { ownResource } from './own-resource';

/** What Kinesis keeps records for unless told otherwise, and what an imported stream is taken to keep them for. */
export const DEFAULT_RETENTION_HOURS = 24;

/** How long a stream keeps its records. Undefined where it cannot be known at synth. */
export function retentionOf(stream: IStream): Duration | undefined {
  const resource = ownResource<CfnStream>(stream, 'AWS::Kinesis::Stream');
  if (!resource) return undefined;
  const hours = resource.retentionPeriodHours;
  return Token.isUnresolved(hours) ? undefined : Duration.hours(hours ?? DEFAULT_RETENTION_HOURS);
}
