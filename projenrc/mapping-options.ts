import { ProjenStruct, Struct } from '@mrgrain/jsii-struct-builder';
import { awscdk } from 'projen';

interface MappingTexts {
  /** How failed batches are described for this kind of stream, and how partial responses are. */
  readonly onErrors: string;
  readonly partialResponses: string;
  readonly recordAge: { readonly remarks: string; readonly default: string };
  readonly startingPosition: { readonly remarks: string; readonly default: string };
}

function mappingOptions(project: awscdk.AwsCdkConstructLibrary, kind: 'Kinesis' | 'Dynamo', source: string, texts: MappingTexts): ProjenStruct {
  return new ProjenStruct(project, {
    name: `${kind}MappingOptions`,
    filePath: `src/${kind.toLowerCase()}-mapping-options.ts`,
    description:
      `Options of the event source mapping between ${source} and its processor: those of the CDK's \`${kind}EventSource\`, ` +
      'with defaults that keep data.',
  })
    .mixin(Struct.fromFqn(`aws-cdk-lib.aws_lambda_event_sources.${kind}EventSourceProps`))
    // The failure destination is what this library is for; the CDK ignores provisioned pollers on streams.
    .omit('onFailure', 'provisionedPollerConfig')
    .update('bisectBatchOnError', {
      docs: {
        remarks: `Splitting isolates the record that fails, and does not use up \`retryAttempts\`.\n\n@see ${texts.onErrors}`,
        default: 'true',
      },
    })
    .update('retryAttempts', {
      docs: {
        remarks:
          'N attempts mean N + 1 invocations. Set to -1 for retries until the record expires, which blocks the shard meanwhile.\n\n' +
          'Valid Range: -1 (infinite) or 0 to 10000',
        default: '3',
      },
    })
    .update('maxRecordAge', {
      docs: {
        remarks:
          'Records older than this become dead letters instead of being sent to the processor. Without it, records of a throttled ' +
          `or blocked shard leave the stream with no failure record at all.\n\nValid Range: 60 seconds to 7 days. ${texts.recordAge.remarks}`,
        default: texts.recordAge.default,
      },
    })
    .update('reportBatchItemFailures', {
      docs: {
        remarks:
          'A processor that returns nothing or throws is unaffected. After a partial response Lambda calls the processor again with ' +
          'the batch from the lowest reported record on. With `bisectBatchOnError` Lambda splits that rest when its first record is ' +
          'reported again, so that a poison record is isolated, as after an error. Without it, the whole rest ends as one dead letter, ' +
          `good records included.\n\n@see ${texts.partialResponses}`,
        default: 'true',
      },
    })
    .update('batchSize', {
      docs: { remarks: 'A batch also ends at 6 MB, however few records it holds.\n\nValid Range: 1 to 10000' },
    })
    .update('maxBatchingWindow', { docs: { remarks: 'Valid Range: 0 seconds to 5 minutes', default: 'Duration.seconds(0)' } })
    .update('tumblingWindow', {
      docs: {
        summary: 'The size of the tumbling windows to group records.',
        remarks: 'Valid Range: 0 seconds to 15 minutes',
        default: '- no windows',
      },
    })
    .update('metricsConfig', {
      docs: {
        summary: 'Additional CloudWatch metrics of the mapping, such as the number of events that Lambda dropped.',
        remarks: 'The alarm `droppedEvents` turns on the metrics that it needs.',
        default: '- the metrics that alarms need, or none',
      },
    })
    .update('startingPosition', { optional: true, docs: texts.startingPosition });
}

/** Those of a queue. The CDK has provisioned pollers for queues too, but its event source of older versions does not take them. */
function queueMappingOptions(project: awscdk.AwsCdkConstructLibrary): ProjenStruct {
  return new ProjenStruct(project, {
    name: 'QueueMappingOptions',
    filePath: 'src/queue-mapping-options.ts',
    description:
      'Options of the event source mapping between an SQS queue and its processor: those of the CDK\'s `SqsEventSource`, ' +
      'with defaults that keep data.',
  })
    .mixin(Struct.fromFqn('aws-cdk-lib.aws_lambda_event_sources.SqsEventSourceProps').omit('provisionedPollerConfig'))
    .mixin(Struct.fromFqn('aws-cdk-lib.aws_lambda.EventSourceMappingOptions').only('provisionedPollerConfig'))
    .update('batchSize', {
      docs: {
        summary: 'The largest number of messages that Lambda sends to the function at a time.',
        remarks:
          'A batch also ends at 6 MB, however few messages it holds.\n\n' +
          'Valid Range: 1 to 10; to 10000 for a standard queue with a `maxBatchingWindow` of at least 1 second',
      },
    })
    .update('maxBatchingWindow', {
      docs: {
        summary: 'The maximum amount of time to gather messages before invoking the function.',
        remarks: 'Not for FIFO queues.\n\nValid Range: 0 seconds to 5 minutes',
        default: 'Duration.seconds(0)',
      },
    })
    .update('reportBatchItemFailures', {
      docs: {
        remarks:
          'A processor that returns nothing or throws is unaffected. After a partial response only the messages that it names return to ' +
          'the queue; after an error all messages of the batch do. With a FIFO queue, let the processor stop at the first failure, and name ' +
          'that message and all after it: otherwise messages of a group are processed out of order.\n\n' +
          '@see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html',
        default: 'true',
      },
    })
    .update('filters', {
      docs: {
        summary: 'Which messages Lambda sends to the function.',
        remarks:
          'Lambda deletes a message that passes no filter: it is neither processed nor moved to the dead-letter queue, and no other consumer ' +
          'gets it.\n\n@see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html',
        default: '- none: all messages',
      },
    })
    .update('maxConcurrency', {
      docs: {
        summary: 'The most invocations of the function at the same time.',
        remarks:
          'Lower it rather than the reserved concurrency of the function: a throttled invocation counts as a receive, and too many receives ' +
          'move a message to the dead-letter queue. Not with `provisionedPollerConfig`.\n\nValid Range: 2 to 1000\n\n' +
          '@see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
        default: '- up to 1250 for a standard queue, one for each message group of a FIFO queue',
      },
    })
    .update('provisionedPollerConfig', {
      docs: {
        summary: 'Pollers that Lambda keeps ready for the queue, which are billed while they exist.',
        remarks:
          'Each sends up to 10 batches at the same time. Not with `maxConcurrency`.\n\n' +
          'Valid Range: `minimumPollers` 2 to 200, `maximumPollers` 2 to 2000\n\n' +
          '@see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
        default: '- Lambda adds and removes pollers as needed',
      },
    })
    .update('metricsConfig', {
      docs: { summary: 'Additional CloudWatch metrics of the mapping, such as the number of messages that a filter dropped.', default: '- none' },
    });
}

/** Mapping options carry the CDK's own names and texts; only what this library decides differently is said anew. */
export function addMappingOptions(project: awscdk.AwsCdkConstructLibrary): void {
  mappingOptions(project, 'Kinesis', 'a Kinesis stream', {
    onErrors: 'https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html',
    partialResponses: 'https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html',
    recordAge: {
      remarks: 'Keep it well below the retention of the stream: the hydrate function needs the rest of the time to read the records again.',
      default: '- the retention period of the stream less 6 hours, at most 7 days; 18 hours where the retention is not known',
    },
    startingPosition: {
      remarks: 'With `LATEST`, records can be skipped while the mapping is being created or changed.',
      default: 'StartingPosition.TRIM_HORIZON, or AT_TIMESTAMP where `startingPositionTimestamp` is given',
    },
  });

  mappingOptions(project, 'Dynamo', 'the stream of a DynamoDB table', {
    onErrors: 'https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html',
    partialResponses: 'https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html',
    recordAge: {
      remarks:
        'Keep it well below the 24 hours that the stream keeps records for: the hydrate function needs the rest of the time to read ' +
        'them again.',
      default: 'Duration.hours(18)',
    },
    startingPosition: {
      remarks:
        'TRIM_HORIZON or LATEST: the stream of a table is not read from a point in time. With `LATEST`, records can be skipped while ' +
        'the mapping is being created or changed.',
      default: 'StartingPosition.TRIM_HORIZON',
    },
  });

  queueMappingOptions(project);
}
