package com.example;

import io.github.cdkstreamdlq.KinesisStreamProcessor;
import io.github.cdkstreamdlq.RedriveFunction;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.ManagedPolicy;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.Runtime;

public final class Main {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Invoices");

        final KinesisStreamProcessor invoices = KinesisStreamProcessor.Builder.create(stack, "Invoices")
            .processorProps(FunctionProps.builder()
                .runtime(Runtime.NODEJS_24_X)
                .handler("index.handler")
                .code(Code.fromInline("exports.handler = async (event) => console.log(event.Records.length);"))
                .build())
            .build();
        final RedriveFunction redrive = RedriveFunction.Builder.create(stack, "Redrive")
            .dlq(invoices.getDlq())
            .maxConcurrency(10)
            .build();

        // Looks at dead letters, sends them again, and turns the RedriveFunction on and off.
        final Role operator = Role.Builder.create(stack, "Operator").assumedBy(new AccountRootPrincipal()).build();
        invoices.getDlq().grantOperatorRedrive(operator);
        redrive.grantOperatorRemoteRedrive(operator);

        // For a permission set of IAM Identity Center: looks at dead letters.
        final ManagedPolicy viewer = new ManagedPolicy(stack, "Viewer");
        invoices.getDlq().grantOperatorRead(viewer);

        app.synth();
    }
}
