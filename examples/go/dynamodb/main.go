package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Customers"), nil)

	table := awsdynamodb.NewTableV2(stack, jsii.String("Table"), &awsdynamodb.TablePropsV2{
		PartitionKey: &awsdynamodb.Attribute{
			Name: jsii.String("customerId"),
			Type: awsdynamodb.AttributeType_STRING,
		},
		DynamoStream: awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
	})
	processor := awslambda.NewFunction(stack, jsii.String("Processor"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_24_X(),
		Handler: jsii.String("index.handler"),
		Code: awslambda.Code_FromInline(
			jsii.String("exports.handler = async (event) => console.log(event.Records.length);")),
	})

	cdkstreamdlq.NewDynamoStreamProcessor(stack, jsii.String("Audit"), &cdkstreamdlq.DynamoStreamProcessorProps{
		Table:     table,
		Processor: processor,
		BatchSize: jsii.Number(50),
	})

	app.Synth(nil)
}
