package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Emails"), nil)
	onCall := awssns.NewTopic(stack, jsii.String("OnCall"), nil)

	emails := cdkstreamdlq.NewQueueProcessor(stack, jsii.String("Emails"), &cdkstreamdlq.QueueProcessorProps{
		ProcessorProps: &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_24_X(),
			Handler: jsii.String("index.handler"),
			Code: awslambda.Code_FromInline(
				jsii.String("exports.handler = async (event) => console.log(event.Records.length);")),
			Timeout: awscdk.Duration_Seconds(jsii.Number(30)),
		},
		MaxConcurrency: jsii.Number(10),
		AlarmActions: &[]awscloudwatch.IAlarmAction{
			awscloudwatchactions.NewSnsAction(onCall),
		},
	})

	// Looks at dead letters, reads why they failed, and sends them to the queue again.
	operator := awsiam.NewRole(stack, jsii.String("Operator"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewAccountRootPrincipal(),
	})
	emails.GrantOperatorRedrive(operator)
	emails.GrantReadLogs(operator)

	app.Synth(nil)
}
