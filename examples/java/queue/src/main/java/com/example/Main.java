package com.example;

import io.github.cdkstreamdlq.QueueProcessor;
import java.util.List;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.sns.Topic;

public final class Main {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Emails");
        final Topic onCall = new Topic(stack, "OnCall");

        final QueueProcessor emails = QueueProcessor.Builder.create(stack, "Emails")
            .processorProps(FunctionProps.builder()
                .runtime(Runtime.NODEJS_24_X)
                .handler("index.handler")
                .code(Code.fromInline("exports.handler = async (event) => console.log(event.Records.length);"))
                .timeout(Duration.seconds(30))
                .build())
            .maxConcurrency(10)
            .alarmActions(List.of(new SnsAction(onCall)))
            .build();

        // Looks at dead letters, reads why they failed, and sends them to the queue again.
        final Role operator = Role.Builder.create(stack, "Operator").assumedBy(new AccountRootPrincipal()).build();
        emails.grantOperatorRedrive(operator);
        emails.grantReadLogs(operator);

        app.synth();
    }
}
