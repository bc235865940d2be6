import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { PublishCommand } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type App, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { type DashboardBody, type GraphWidget, linesOf } from '../../local/cloudwatch/dashboard';
import { dashboardPicture } from '../../local/cloudwatch/dashboard-picture';
import { Alarms, KinesisStreamProcessor, RedriveFunction } from '../../src';
import { Pipeline, processorProps } from './pipeline';

/** The picture of docs/monitoring.md. `WRITE_PICTURES=1 npx jest test/pipeline/dashboard` draws it. */
const PICTURE = join(__dirname, '../../docs/dashboard.svg');
const PERIOD_MINUTES = 5;
const PERIODS = 9;

let pipeline: Pipeline;
let body: DashboardBody;
let producer: KinesisClient;

beforeAll(async () => {
  pipeline = await Pipeline.start({
    define: (app: App) => {
      const stack = new Stack(app, 'Test');
      const orders = new KinesisStreamProcessor(stack, 'Orders', {
        processorProps: processorProps(), retryAttempts: 0, customMetrics: true, alarms: Alarms.none(),
      });
      new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq, maxAttempts: 1 });
      new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [orders.dlq.dashboardWidgets()] });
      return [orders];
    },
  });
  const { account, gateway } = pipeline.cloud;
  [body] = account.dashboards.values();
  const { credentials } = pipeline.cloud.operator();
  producer = new KinesisClient({ region: account.region, endpoint: gateway.endpoint, credentials, requestHandler: new NodeHttpHandler() });

  await period(40);
  await period(60);
  await period(55, 3);
  await period(50, 2);
  const [topic] = resourcesOf('AWS::SNS::Topic');
  await pipeline.cloud.clients.sns.send(new PublishCommand({ TopicArn: topic.physicalId, Message: 'no failure record' }));
  await period(45);
  await period(60);
  const { spec: { uuid } } = [...pipeline.stacks[0].queueMappings.values()].find(({ spec: { enabled } }) => !enabled)!;
  pipeline.cloud.account.mappings.get(uuid)!.setEnabled(true);
  await period(50);
  await period(45);
  await period(40);
});

afterAll(async () => {
  producer?.destroy();
  await pipeline?.stop();
});

/** Publishes records, as a producer does, and lets a period of the dashboard pass. */
async function period(good: number, poison = 0): Promise<void> {
  // Apart from each other, so that each poison record becomes a dead letter.
  const records = Array.from({ length: good + poison }, (_, index) => (index % 10 === 4 && index < 10 * poison ? 'throw' : 'good'));
  await producer.send(new PutRecordsCommand({
    StreamName: pipeline.processors[0].streamName, Records: records.map((data, index) => ({ PartitionKey: String(index), Data: Buffer.from(data) })),
  }));
  await pipeline.settle();
  await pipeline.cloud.cloudWatch.passMinutes(PERIOD_MINUTES);
}

function resourcesOf(resourceType: string) {
  return [...pipeline.stacks[0].resources.values()].filter(({ type }) => type === resourceType);
}

const overlap = (a: GraphWidget, b: GraphWidget) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The titles and legends of a picture: all texts that are no number of an axis. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text).filter((text) => !/^[\d,.]*$/.test(text)).sort();
}

test('every widget of the dashboard shows data, and none overlap', () => {
  const { metrics } = pipeline.cloud.account;
  const periods = { end: metrics.lastMinute, length: PERIOD_MINUTES * 60_000, count: PERIODS };
  const lines = body.widgets.flatMap((widget) => linesOf(widget, metrics, periods).map((line) => ({ ...line, title: widget.properties.title })));
  const withData = lines.filter(({ series }) => series.some((value) => value !== undefined && value > 0));
  expect([...new Set(withData.map(({ title }) => title))]).toEqual(['In', 'Processed', 'Failed', 'Captured', 'Waiting', 'Redriven']);
  // Nothing was throttled, and no failure record was lost: Lambda emits these metrics only where it happens.
  const empty = lines.filter(({ series }) => series.every((value) => value === undefined)).map(({ title, label }) => `${title}: ${label}`);
  expect(empty).toEqual(['Failed: Test/Orders/Processor throttles', 'Failed: Test/Orders/Processor failure records not sent', 'Captured: throttles']);
  for (const [index, widget] of body.widgets.entries()) {
    expect(body.widgets.slice(index + 1).filter((other) => overlap(widget, other)).map(({ properties }) => properties.title)).toEqual([]);
  }
});

test('the picture of the documentation has the titles and legends of the dashboard', () => {
  const picture = dashboardPicture(body, pipeline.cloud.account.metrics, PERIODS);
  if (process.env.WRITE_PICTURES) writeFileSync(PICTURE, picture);
  expect(textsOf(picture)).toEqual(textsOf(readFileSync(PICTURE, 'utf8')));
  expect(textsOf(picture)).toEqual(expect.arrayContaining(['In', 'Processed', 'Failed', 'Captured', 'Waiting', 'Redriven']));
});
