package com.example;

import io.github.cdkstreamdlq.StreamDlq;
import io.github.cdkstreamdlq.StreamSource;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.kinesis.Stream;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.lambda.StartingPosition;
import software.amazon.awscdk.services.lambda.eventsources.KinesisEventSource;

public final class Main {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Payments");

        final Stream stream = new Stream(stack, "Stream");
        final Function processor = Function.Builder.create(stack, "Processor")
            .runtime(Runtime.NODEJS_24_X)
            .handler("index.handler")
            .code(Code.fromInline("exports.handler = async (event) => console.log(event.Records.length);"))
            .build();

        processor.addEventSource(KinesisEventSource.Builder.create(stream)
            .startingPosition(StartingPosition.TRIM_HORIZON)
            .bisectBatchOnError(true)
            .retryAttempts(3)
            .maxRecordAge(Duration.hours(18))
            // The line that you add.
            .onFailure(StreamDlq.Builder.create(stack, "Dlq").source(StreamSource.kinesis(stream)).build())
            .build());

        app.synth();
    }
}
