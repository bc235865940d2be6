from aws_cdk import App, Duration, Stack
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_iam import AccountRootPrincipal, Role
from aws_cdk.aws_lambda import Code, FunctionProps, Runtime
from aws_cdk.aws_sns import Topic
from cdk_stream_dlq import QueueProcessor

app = App()
stack = Stack(app, "Emails")
on_call = Topic(stack, "OnCall")

emails = QueueProcessor(
    stack,
    "Emails",
    processor_props=FunctionProps(
        runtime=Runtime.NODEJS_24_X,
        handler="index.handler",
        code=Code.from_inline("exports.handler = async (event) => console.log(event.Records.length);"),
        timeout=Duration.seconds(30),
    ),
    max_concurrency=10,
    alarm_actions=[SnsAction(on_call)],
)

# Looks at dead letters, reads why they failed, and sends them to the queue again.
operator = Role(stack, "Operator", assumed_by=AccountRootPrincipal())
emails.grant_operator_redrive(operator)
emails.grant_read_logs(operator)

app.synth()
