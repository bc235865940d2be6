package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Orders"), nil)

	onCall := awssns.NewTopic(stack, jsii.String("OnCall"), nil)

	cdkstreamdlq.NewKinesisStreamProcessor(stack, jsii.String("Orders"), &cdkstreamdlq.KinesisStreamProcessorProps{
		ProcessorProps: &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_24_X(),
			Handler: jsii.String("index.handler"),
			Code: awslambda.Code_FromInline(
				jsii.String("exports.handler = async (event) => console.log(event.Records.length);")),
		},
		AlarmActions: &[]awscloudwatch.IAlarmAction{awscloudwatchactions.NewSnsAction(onCall)},
	})

	app.Synth(nil)
}
