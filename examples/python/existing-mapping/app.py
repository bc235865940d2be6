from aws_cdk import App, Duration, Stack
from aws_cdk.aws_kinesis import Stream
from aws_cdk.aws_lambda import Code, Function, Runtime, StartingPosition
from aws_cdk.aws_lambda_event_sources import KinesisEventSource
from cdk_stream_dlq import StreamDlq, StreamSource

app = App()
stack = Stack(app, "Payments")

stream = Stream(stack, "Stream")
processor = Function(
    stack,
    "Processor",
    runtime=Runtime.NODEJS_24_X,
    handler="index.handler",
    code=Code.from_inline("exports.handler = async (event) => console.log(event.Records.length);"),
)

processor.add_event_source(
    KinesisEventSource(
        stream,
        starting_position=StartingPosition.TRIM_HORIZON,
        bisect_batch_on_error=True,
        retry_attempts=3,
        max_record_age=Duration.hours(18),
        # The line that you add.
        on_failure=StreamDlq(stack, "Dlq", source=StreamSource.kinesis(stream)),
    )
)

app.synth()
