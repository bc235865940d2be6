import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { StreamEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { DEFAULT_RETENTION_HOURS, LONGEST_RECORD_AGE_HOURS, streamKinds } from './stream-kind';

/** What the hydrate function needs: six receives of a failure record, half an hour apart where it is throttled, and the time of a storm. */
const HYDRATION_MARGIN_HOURS = 6;

export interface StreamMappingProps<Options> {
  readonly processor: lambda.IFunction;
  readonly dlq: lambda.IEventSourceDlq;
  /** How long the stream keeps records. */
  readonly retention: Duration;
  /** The props of the user, with the default starting position. The event source ignores the other props. */
  readonly options: Options;
  /** The event source of the CDK for this kind of stream. */
  readonly eventSource: (options: Options & StreamEventSourceProps) => lambda.IEventSource;
}

/** Defines a mapping, with the defaults that keep data. */
export function defineMapping<Options extends Omit<StreamEventSourceProps, 'onFailure'>>(
  props: StreamMappingProps<Options>,
): lambda.IEventSourceMapping {
  const { options } = props;
  let defined: lambda.IEventSourceMapping | undefined;
  const source = props.eventSource({
    ...options,
    // CloudFormation refuses an empty list.
    filters: options.filters?.length ? options.filters : undefined,
    bisectBatchOnError: options.bisectBatchOnError ?? true,
    retryAttempts: options.retryAttempts ?? 3,
    // The CDK takes the number that stands for a token for an age out of range: a token is set past it, below.
    maxRecordAge: options.maxRecordAge?.isUnresolved() ? undefined : (options.maxRecordAge ?? defaultRecordAge(props.retention)),
    reportBatchItemFailures: options.reportBatchItemFailures ?? true,
    onFailure: {
      bind: (mapping, processor) => {
        defined = mapping;
        return props.dlq.bind(mapping, processor);
      },
    },
  });
  props.processor.addEventSource(source);
  if (options.maxRecordAge?.isUnresolved()) {
    (defined!.node.defaultChild as lambda.CfnEventSourceMapping).maximumRecordAgeInSeconds = options.maxRecordAge.toSeconds();
  }
  return defined!;
}

/** How long the stream of a source keeps records: the least that a stream may have, where synth does not know. */
export function retentionOf(source: object): Duration {
  return streamKinds.of(source).retention ?? Duration.hours(DEFAULT_RETENTION_HOURS);
}

function defaultRecordAge(retention: Duration): Duration {
  return Duration.hours(Math.min(retention.toHours() - HYDRATION_MARGIN_HOURS, LONGEST_RECORD_AGE_HOURS));
}
