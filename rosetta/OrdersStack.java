import io.github.cdkstreamdlq.KinesisStreamProcessor;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.Runtime;
import software.constructs.Construct;

public class OrdersStack extends Stack {
    public OrdersStack(Construct scope, String id) {
        super(scope, id);

        KinesisStreamProcessor.Builder.create(this, "Orders")
                .processorProps(FunctionProps.builder()
                        .runtime(Runtime.NODEJS_24_X)
                        .handler("index.handler")
                        .code(Code.fromInline("exports.handler = async (event) => console.log(event.Records.length);"))
                        .build())
                .build();
    }

    public static void main(String[] args) {
        App app = new App();
        new OrdersStack(app, "Orders");
        app.synth();
    }
}
