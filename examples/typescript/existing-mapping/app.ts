import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { StreamDlq, StreamSource } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'Payments');

const stream = new kinesis.Stream(stack, 'Stream');
const processor = new lambda.Function(stack, 'Processor', {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
});

processor.addEventSource(new KinesisEventSource(stream, {
  startingPosition: lambda.StartingPosition.TRIM_HORIZON,
  bisectBatchOnError: true,
  retryAttempts: 3,
  maxRecordAge: Duration.hours(18),
  // The line that you add.
  onFailure: new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream) }),
}));

app.synth();
