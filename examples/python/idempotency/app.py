from aws_cdk import App, Duration, Stack
from aws_cdk.aws_dynamodb import Attribute, AttributeType, TableV2
from aws_cdk.aws_lambda import Code, FunctionProps, LayerVersion, Runtime
from cdk_stream_dlq import Idempotency, KinesisStreamProcessor

app = App()
stack = Stack(app, "Payments")

balances = TableV2(
    stack,
    "Balances",
    partition_key=Attribute(name="account", type=AttributeType.STRING),
)
# Powertools for AWS Lambda. The runtime has the AWS SDK.
powertools = LayerVersion.from_layer_version_arn(
    stack,
    "Powertools",
    f"arn:aws:lambda:{stack.region}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:27",
)
payments = KinesisStreamProcessor(
    stack,
    "Payments",
    processor_props=FunctionProps(
        runtime=Runtime.PYTHON_3_13,
        handler="index.handler",
        code=Code.from_asset("processor"),
        timeout=Duration.seconds(30),
        environment={"BALANCES_TABLE_NAME": balances.table_name},
        layers=[powertools],
    ),
    idempotency=Idempotency.table(),
)
balances.grant(payments.processor, "dynamodb:UpdateItem")

app.synth()
