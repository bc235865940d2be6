from aws_cdk import App, Stack
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_lambda import Code, FunctionProps, Runtime
from aws_cdk.aws_sns import Topic
from cdk_stream_dlq import KinesisStreamProcessor

app = App()
stack = Stack(app, "Orders")

on_call = Topic(stack, "OnCall")

KinesisStreamProcessor(
    stack,
    "Orders",
    processor_props=FunctionProps(
        runtime=Runtime.NODEJS_24_X,
        handler="index.handler",
        code=Code.from_inline("exports.handler = async (event) => console.log(event.Records.length);"),
    ),
    alarm_actions=[SnsAction(on_call)],
)

app.synth()
