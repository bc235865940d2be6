from aws_cdk import App, Stack
from aws_cdk.aws_iam import AccountRootPrincipal, ManagedPolicy, Role
from aws_cdk.aws_lambda import Code, FunctionProps, Runtime
from cdk_stream_dlq import KinesisStreamProcessor, RedriveFunction

app = App()
stack = Stack(app, "Invoices")

invoices = KinesisStreamProcessor(
    stack,
    "Invoices",
    processor_props=FunctionProps(
        runtime=Runtime.NODEJS_24_X,
        handler="index.handler",
        code=Code.from_inline("exports.handler = async (event) => console.log(event.Records.length);"),
    ),
)
redrive = RedriveFunction(stack, "Redrive", dlq=invoices.dlq, max_concurrency=10)

# Looks at dead letters, sends them again, and turns the RedriveFunction on and off.
operator = Role(stack, "Operator", assumed_by=AccountRootPrincipal())
invoices.dlq.grant_operator_redrive(operator)
redrive.grant_operator_remote_redrive(operator)

# For a permission set of IAM Identity Center: looks at dead letters.
viewer = ManagedPolicy(stack, "Viewer")
invoices.dlq.grant_operator_read(viewer)

app.synth()
