import { Duration, Token } from 'aws-cdk-lib';
import { CfnStream, IStream } from 'aws-cdk-lib/aws-kinesis';
import { checkDuration, fail } from './checks';
import { resourceOf } from './source-of-mapping';
import { DEFAULT_RETENTION_HOURS } from './stream-kind';

const LONGEST_RETENTION_DAYS = 365;

/** How long a stream keeps records: as passed in, or as this app defines the stream. Undefined if synth does not know. */
export function checkedRetention(stream: IStream, given: Duration | undefined): Duration | undefined {
  const known = retentionOf(stream);
  if (!given) return known;
  if (given.isUnresolved()) fail(stream, '`retention` must be known at synth, got: a token; pass a fixed duration: other settings ' +
    'depend on it');
  checkDuration(stream, 'retention', given, Duration.hours(DEFAULT_RETENTION_HOURS), Duration.days(LONGEST_RETENTION_DAYS));
  if (!Number.isInteger(given.toHours({ integral: false }))) fail(stream, `\`retention\` must be in whole hours, got: ${given.toHumanString()}`);
  if (known && known.toHours() !== given.toHours()) {
    fail(
      stream,
      `\`retention\` must be that of the stream, got: ${given.toHumanString()} for a stream that this app defines with ${known.toHumanString()}; ` +
        'remove `retention`: it is for imported streams',
    );
  }
  return given;
}

/** How long a stream keeps its records, also that of a resource alone. Undefined where it cannot be known at synth. */
function retentionOf(stream: IStream): Duration | undefined {
  const resource = resourceOf(stream.streamArn);
  if (resource?.cfnResourceType !== CfnStream.CFN_RESOURCE_TYPE_NAME) return undefined;
  const hours = (resource as CfnStream).retentionPeriodHours;
  return Token.isUnresolved(hours) ? undefined : Duration.hours(hours ?? DEFAULT_RETENTION_HOURS);
}
