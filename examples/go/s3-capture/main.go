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
	stack := awscdk.NewStack(app, jsii.String("Clicks"), nil)

	cdkstreamdlq.NewKinesisStreamProcessor(stack, jsii.String("Clicks"), &cdkstreamdlq.KinesisStreamProcessorProps{
		ProcessorProps: &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_24_X(),
			Handler: jsii.String("index.handler"),
			Code: awslambda.Code_FromInline(
				jsii.String("exports.handler = async (event) => console.log(event.Records.length);")),
		},
		// With hydrate, the default capture, dead letters of concurrent batches include records that did not fail.
		ParallelizationFactor: jsii.Number(10),
		Capture:               cdkstreamdlq.FailureCapture_S3(nil),
	})

	app.Synth(nil)
}
