using Amazon.CDK;
using Amazon.CDK.AWS.Lambda;
using CdkStreamDlq;
using Constructs;

var app = new App();
new OrdersStack(app, "Orders");
app.Synth();

class OrdersStack : Stack
{
    public OrdersStack(Construct scope, string id) : base(scope, id)
    {
        new KinesisStreamProcessor(this, "Orders", new KinesisStreamProcessorProps
        {
            ProcessorProps = new FunctionProps
            {
                Runtime = Runtime.NODEJS_24_X,
                Handler = "index.handler",
                Code = Code.FromInline("exports.handler = async (event) => console.log(event.Records.length);")
            }
        });
    }
}
