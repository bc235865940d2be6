import { CfnResource, Duration, Token } from 'aws-cdk-lib';
import { CfnStream, IStream } from 'aws-cdk-lib/aws-kinesis';

/** What Kinesis keeps records for unless told otherwise, and what an imported stream is taken to keep them for. */
const SERVICE_DEFAULT = Duration.hours(24);

/** How long a stream keeps its records, as far as it can be known at synth. */
export function retentionOf(stream: IStream): Duration {
  const resource = stream.node.defaultChild;
  if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== 'AWS::Kinesis::Stream') return SERVICE_DEFAULT;
  const hours = (resource as CfnStream).retentionPeriodHours;
  return hours === undefined || Token.isUnresolved(hours) ? SERVICE_DEFAULT : Duration.hours(hours);
}
