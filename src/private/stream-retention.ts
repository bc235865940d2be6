import { CfnResource, Duration, Token } from 'aws-cdk-lib';
import { CfnStream, IStream } from 'aws-cdk-lib/aws-kinesis';

/** What Kinesis keeps records for unless told otherwise, and what an imported stream is taken to keep them for. */
const DEFAULT_HOURS = 24;

/** How long a stream keeps its records, as far as it can be known at synth. */
export function retentionOf(stream: IStream): Duration {
  const resource = stream.node.defaultChild;
  if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== 'AWS::Kinesis::Stream') return Duration.hours(DEFAULT_HOURS);
  const hours = (resource as CfnStream).retentionPeriodHours;
  return Duration.hours(hours === undefined || Token.isUnresolved(hours) ? DEFAULT_HOURS : hours);
}
