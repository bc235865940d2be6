from aws_cdk import App, Stack
from aws_cdk.aws_dynamodb import Attribute, AttributeType, StreamViewType, TableV2
from aws_cdk.aws_lambda import Code, Function, Runtime
from cdk_stream_dlq import DynamoStreamProcessor

app = App()
stack = Stack(app, "Customers")

table = TableV2(
    stack,
    "Table",
    partition_key=Attribute(name="customerId", type=AttributeType.STRING),
    dynamo_stream=StreamViewType.NEW_AND_OLD_IMAGES,
)
processor = Function(
    stack,
    "Processor",
    runtime=Runtime.NODEJS_24_X,
    handler="index.handler",
    code=Code.from_inline("exports.handler = async (event) => console.log(event.Records.length);"),
)

DynamoStreamProcessor(stack, "Audit", table=table, processor=processor, batch_size=50)

app.synth()
