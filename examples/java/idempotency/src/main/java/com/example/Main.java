package com.example;

import io.github.cdkstreamdlq.Idempotency;
import io.github.cdkstreamdlq.KinesisStreamProcessor;
import java.util.Map;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.dynamodb.Attribute;
import software.amazon.awscdk.services.dynamodb.AttributeType;
import software.amazon.awscdk.services.dynamodb.TableV2;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.Runtime;

public final class Main {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Payments");

        final TableV2 balances = TableV2.Builder.create(stack, "Balances")
            .partitionKey(Attribute.builder().name("account").type(AttributeType.STRING).build())
            .build();
        final KinesisStreamProcessor payments = KinesisStreamProcessor.Builder.create(stack, "Payments")
            .processorProps(FunctionProps.builder()
                .runtime(Runtime.JAVA_21)
                .handler("com.example.payments.Handler")
                // Has Powertools for AWS Lambda: processor/pom.xml.
                .code(Code.fromAsset("processor/target/processor.jar"))
                .memorySize(512)
                .timeout(Duration.seconds(30))
                .environment(Map.of("BALANCES_TABLE_NAME", balances.getTableName()))
                .build())
            .idempotency(Idempotency.table())
            .build();
        balances.grant(payments.getProcessor(), "dynamodb:UpdateItem");

        app.synth();
    }
}
