package com.example;

import io.github.cdkstreamdlq.DynamoStreamProcessor;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.dynamodb.Attribute;
import software.amazon.awscdk.services.dynamodb.AttributeType;
import software.amazon.awscdk.services.dynamodb.StreamViewType;
import software.amazon.awscdk.services.dynamodb.TableV2;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;

public final class Main {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Customers");

        final TableV2 table = TableV2.Builder.create(stack, "Table")
            .partitionKey(Attribute.builder().name("customerId").type(AttributeType.STRING).build())
            .dynamoStream(StreamViewType.NEW_AND_OLD_IMAGES)
            .build();
        final Function processor = Function.Builder.create(stack, "Processor")
            .runtime(Runtime.NODEJS_24_X)
            .handler("index.handler")
            .code(Code.fromInline("exports.handler = async (event) => console.log(event.Records.length);"))
            .build();

        DynamoStreamProcessor.Builder.create(stack, "Audit")
            .table(table)
            .processor(processor)
            .batchSize(50)
            .build();

        app.synth();
    }
}
