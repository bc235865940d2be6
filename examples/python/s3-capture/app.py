from aws_cdk import App, Stack
from aws_cdk.aws_lambda import Code, FunctionProps, Runtime
from cdk_stream_dlq import FailureCapture, KinesisStreamProcessor

app = App()
stack = Stack(app, "Clicks")

KinesisStreamProcessor(
    stack,
    "Clicks",
    processor_props=FunctionProps(
        runtime=Runtime.NODEJS_24_X,
        handler="index.handler",
        code=Code.from_inline("exports.handler = async (event) => console.log(event.Records.length);"),
    ),
    # With hydrate, the default capture, dead letters of concurrent batches include records that did not fail.
    parallelization_factor=10,
    capture=FailureCapture.s3(),
)

app.synth()
