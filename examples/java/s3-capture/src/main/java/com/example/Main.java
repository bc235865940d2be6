package com.example;

import io.github.cdkstreamdlq.FailureCapture;
import io.github.cdkstreamdlq.KinesisStreamProcessor;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.Runtime;

public final class Main {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Clicks");

        KinesisStreamProcessor.Builder.create(stack, "Clicks")
            .processorProps(FunctionProps.builder()
                .runtime(Runtime.NODEJS_24_X)
                .handler("index.handler")
                .code(Code.fromInline("exports.handler = async (event) => console.log(event.Records.length);"))
                .build())
            // With hydrate, the default capture, dead letters of concurrent batches include records that did not fail.
            .parallelizationFactor(10)
            .capture(FailureCapture.s3())
            .build();

        app.synth();
    }
}
