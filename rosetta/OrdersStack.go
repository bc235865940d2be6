package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func NewOrdersStack(scope constructs.Construct, id string) awscdk.Stack {
	stack := awscdk.NewStack(scope, jsii.String(id), nil)

	cdkstreamdlq.NewKinesisStreamProcessor(stack, jsii.String("Orders"), &cdkstreamdlq.KinesisStreamProcessorProps{
		ProcessorProps: &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_24_X(),
			Handler: jsii.String("index.handler"),
			Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async (event) => console.log(event.Records.length);")),
		},
	})

	return stack
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	NewOrdersStack(app, "Orders")
	app.Synth(nil)
}
