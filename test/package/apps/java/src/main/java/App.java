import io.github.cdkstreamdlq.FailureCapture;
import io.github.cdkstreamdlq.KinesisStreamProcessor;
import io.github.cdkstreamdlq.RedriveFunction;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.Runtime;

public final class App {
    public static void main(final String[] args) {
        final software.amazon.awscdk.App app = new software.amazon.awscdk.App();
        final Stack stack = new Stack(app, "App");
        final FunctionProps processorProps = FunctionProps.builder()
            .runtime(Runtime.NODEJS_24_X)
            .handler("index.handler")
            .code(Code.fromAsset("orders"))
            .build();
        final KinesisStreamProcessor orders = KinesisStreamProcessor.Builder.create(stack, "Orders")
            .processorProps(processorProps)
            .build();
        KinesisStreamProcessor.Builder.create(stack, "Payments")
            .processorProps(processorProps)
            .capture(FailureCapture.s3())
            .build();
        RedriveFunction.Builder.create(stack, "Redrive").dlq(orders.getDlq()).build();
        app.synth();
    }
}
