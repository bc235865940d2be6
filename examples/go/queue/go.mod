module example.com/app

go 1.25

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.224.0
	github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq v0.1.0
)
