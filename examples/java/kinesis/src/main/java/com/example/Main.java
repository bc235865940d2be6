package com.example;

import io.github.cdkstreamdlq.KinesisStreamProcessor;
import java.util.List;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.sns.Topic;

public final class Main {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Orders");

        final Topic onCall = new Topic(stack, "OnCall");

        KinesisStreamProcessor.Builder.create(stack, "Orders")
            .processorProps(FunctionProps.builder()
                .runtime(Runtime.NODEJS_24_X)
                .handler("index.handler")
                .code(Code.fromInline("exports.handler = async (event) => console.log(event.Records.length);"))
                .build())
            .alarmActions(List.of(new SnsAction(onCall)))
            .build();

        app.synth();
    }
}
