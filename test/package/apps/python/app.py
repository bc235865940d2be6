from aws_cdk import App, Stack
from aws_cdk.aws_lambda import Code, FunctionProps, Runtime
from cdk_stream_dlq import FailureCapture, KinesisStreamProcessor, RedriveFunction

app = App()
stack = Stack(app, "App")
processor_props = FunctionProps(
    runtime=Runtime.NODEJS_24_X, handler="index.handler", code=Code.from_asset("orders")
)
orders = KinesisStreamProcessor(stack, "Orders", processor_props=processor_props)
KinesisStreamProcessor(
    stack, "Payments", processor_props=processor_props, capture=FailureCapture.s3()
)
RedriveFunction(stack, "Redrive", dlq=orders.dlq)
app.synth()
