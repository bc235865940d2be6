package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("App"), nil)
	processorProps := &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_24_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromAsset(jsii.String("orders"), nil),
	}
	orders := cdkstreamdlq.NewKinesisStreamProcessor(stack, jsii.String("Orders"), &cdkstreamdlq.KinesisStreamProcessorProps{
		ProcessorProps: processorProps,
	})
	cdkstreamdlq.NewKinesisStreamProcessor(stack, jsii.String("Payments"), &cdkstreamdlq.KinesisStreamProcessorProps{
		ProcessorProps: processorProps,
		Capture:        cdkstreamdlq.FailureCapture_S3(nil),
	})
	cdkstreamdlq.NewRedriveFunction(stack, jsii.String("Redrive"), &cdkstreamdlq.RedriveFunctionProps{
		Dlq: orders.Dlq(),
	})
	app.Synth(nil)
}
