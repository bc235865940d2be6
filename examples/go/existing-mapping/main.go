package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdaeventsources"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Payments"), nil)

	stream := awskinesis.NewStream(stack, jsii.String("Stream"), nil)
	processor := awslambda.NewFunction(stack, jsii.String("Processor"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_24_X(),
		Handler: jsii.String("index.handler"),
		Code: awslambda.Code_FromInline(
			jsii.String("exports.handler = async (event) => console.log(event.Records.length);")),
	})

	processor.AddEventSource(awslambdaeventsources.NewKinesisEventSource(stream, &awslambdaeventsources.KinesisEventSourceProps{
		StartingPosition:   awslambda.StartingPosition_TRIM_HORIZON,
		BisectBatchOnError: jsii.Bool(true),
		RetryAttempts:      jsii.Number(3),
		MaxRecordAge:       awscdk.Duration_Hours(jsii.Number(18)),
		// The line that you add.
		OnFailure: cdkstreamdlq.NewStreamDlq(stack, jsii.String("Dlq"), &cdkstreamdlq.StreamDlqProps{
			Source: cdkstreamdlq.StreamSource_Kinesis(stream, nil),
		}),
	}))

	app.Synth(nil)
}
