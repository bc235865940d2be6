package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Invoices"), nil)

	invoices := cdkstreamdlq.NewKinesisStreamProcessor(stack, jsii.String("Invoices"), &cdkstreamdlq.KinesisStreamProcessorProps{
		ProcessorProps: &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_24_X(),
			Handler: jsii.String("index.handler"),
			Code: awslambda.Code_FromInline(
				jsii.String("exports.handler = async (event) => console.log(event.Records.length);")),
		},
	})
	redrive := cdkstreamdlq.NewRedriveFunction(stack, jsii.String("Redrive"), &cdkstreamdlq.RedriveFunctionProps{
		Dlq:            invoices.Dlq(),
		MaxConcurrency: jsii.Number(10),
	})

	// Looks at dead letters, sends them again, and turns the RedriveFunction on and off.
	operator := awsiam.NewRole(stack, jsii.String("Operator"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewAccountRootPrincipal(),
	})
	invoices.Dlq().GrantOperatorRedrive(operator)
	redrive.GrantOperatorRemoteRedrive(operator)

	// For a permission set of IAM Identity Center: looks at dead letters.
	viewer := awsiam.NewManagedPolicy(stack, jsii.String("Viewer"), nil)
	invoices.Dlq().GrantOperatorRead(viewer)

	app.Synth(nil)
}
