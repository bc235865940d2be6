package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Payments"), nil)

	balances := awsdynamodb.NewTableV2(stack, jsii.String("Balances"), &awsdynamodb.TablePropsV2{
		PartitionKey: &awsdynamodb.Attribute{
			Name: jsii.String("account"),
			Type: awsdynamodb.AttributeType_STRING,
		},
	})
	// Powertools for AWS Lambda, which there is not for Go: the processor is that of the TypeScript example. The runtime has the AWS SDK.
	powertools := awslambda.LayerVersion_FromLayerVersionArn(stack, jsii.String("Powertools"), jsii.String(fmt.Sprintf(
		"arn:aws:lambda:%s:094274105915:layer:AWSLambdaPowertoolsTypeScriptV2:44", *stack.Region())))
	payments := cdkstreamdlq.NewKinesisStreamProcessor(stack, jsii.String("Payments"), &cdkstreamdlq.KinesisStreamProcessorProps{
		ProcessorProps: &awslambda.FunctionProps{
			Runtime:     awslambda.Runtime_NODEJS_24_X(),
			Handler:     jsii.String("index.handler"),
			Code:        awslambda.Code_FromAsset(jsii.String("processor"), nil),
			Timeout:     awscdk.Duration_Seconds(jsii.Number(30)),
			Environment: &map[string]*string{"BALANCES_TABLE_NAME": balances.TableName()},
			Layers:      &[]awslambda.ILayerVersion{powertools},
		},
		Idempotency: cdkstreamdlq.Idempotency_Table(nil),
	})
	balances.Grant(payments.Processor(), jsii.String("dynamodb:UpdateItem"))

	app.Synth(nil)
}
