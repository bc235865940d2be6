import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IStreamDlq, KinesisStreamProcessor, RedriveFunction, RedriveFunctionProps, StreamDlq, StreamDlqAttributes } from '../../src';
import { annotationsOf, processorProps, propertiesOf, resolved, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { actionsOf, allow, statementsOf } from '../support/policies';

const ENV = { account: '123456789012', region: 'us-east-1' };
const arn = (service: string, name: string) => `arn:aws:${service}:${ENV.region}:${ENV.account}:${name}`;
const QUEUE = arn('sqs', 'dead-letters');

const granted = ({ redrive }: { readonly redrive: RedriveFunction }) => statementsOf(redrive.function.role!);

function importIn(stack: Stack, id = 'Shared', attrs: Partial<StreamDlqAttributes> = {}): IStreamDlq {
  return StreamDlq.fromStreamDlqAttributes(stack, id, {
    queue: sqs.Queue.fromQueueArn(stack, `${id}Queue`, QUEUE),
    undeliverableQueue: sqs.Queue.fromQueueArn(stack, `${id}Undeliverables`, arn('sqs', 'undeliverables')),
    overflowBucket: s3.Bucket.fromBucketName(stack, `${id}Overflow`, 'overflow'),
    captureFunction: lambda.Function.fromFunctionAttributes(stack, `${id}Function`, {
      functionArn: arn('lambda', 'function:hydrate'), role: iam.Role.fromRoleArn(stack, `${id}Role`, 'arn:aws:iam::123456789012:role/hydrate'),
    }),
    topic: sns.Topic.fromTopicArn(stack, `${id}Topic`, arn('sns', 'failures')),
    ...attrs,
  });
}

function define(props: Partial<RedriveFunctionProps> = {}, attrs: (stack: Stack) => Partial<StreamDlqAttributes> = () => ({})) {
  const stack = testStack({ env: ENV }, new App());
  const dlq = importIn(stack, 'Shared', attrs(stack));
  const { processor } = new KinesisStreamProcessor(stack, 'Orders', { dlq, processorProps });
  const redrive = new RedriveFunction(stack, 'Redrive', { dlq, ...props });
  return { stack, dlq, processor, redrive };
}

describe('a RedriveFunction of an imported StreamDlq', () => {
  test('takes from its queue, and may invoke the processors of this app', () => {
    const { stack, processor, redrive } = define();
    const statements = granted({ redrive });
    expect(propertiesOf(redrive.mapping).EventSourceArn).toBe(QUEUE);
    expect(statements).toContainEqual(
      allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], QUEUE),
    );
    expect(statements).toContainEqual(allow(['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'], resolved(stack, processor.functionArn)));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('reads and writes dead letters of its overflow bucket, in the folders of all StreamDlqs that share the bucket', () => {
    const { redrive } = define();
    const { OVERFLOW_BUCKET, OVERFLOW_PREFIX } = propertiesOf(redrive.function).Environment.Variables;
    expect([OVERFLOW_BUCKET, OVERFLOW_PREFIX]).toEqual(['overflow', 'dead-letters/']);
    for (const action of ['s3:GetObject', 's3:PutObject']) {
      const ofObjects = granted({ redrive }).filter((it) => actionsOf([it]).includes(action)).map(({ Resource }) => JSON.stringify(Resource));
      expect(ofObjects).toEqual([expect.stringContaining(':s3:::overflow/dead-letters/*')]);
    }
  });

  test('reads failed batches of its capture bucket', () => {
    const defined = define({}, (stack) => ({ topic: undefined, captureBucket: s3.Bucket.fromBucketName(stack, 'Batches', 'batches') }));
    const ofObjects = granted(defined).filter((it) => actionsOf([it]).includes('s3:GetObject')).map(({ Resource }) => JSON.stringify(Resource));
    expect(ofObjects).toContainEqual(expect.stringContaining(':s3:::batches/aws/lambda/*'));
  });

  test('writes what it does to the audit log group', () => {
    const defined = define({}, (stack) => ({ auditLogGroup: logs.LogGroup.fromLogGroupName(stack, 'Audit', 'operators') }));
    expect(granted(defined).filter((it) => JSON.stringify(it.Resource).includes('log-group:operators'))).not.toEqual([]);
  });

  test('is the only one of the queue in an app, however often that is imported', () => {
    const { stack } = define();
    expect(messageOf(() => new RedriveFunction(stack, 'Second', { dlq: importIn(stack, 'Again') }))).toContain("got: 'Stack/Redrive' as well");
  });

  test('may invoke a processor of another stack, since nothing depends on the imported parts', () => {
    const { stack, dlq, redrive } = define();
    const app = stack.node.root as App;
    const later = new Stack(app, 'Later', { env: ENV });
    const { processor } = new KinesisStreamProcessor(later, 'Payments', { stream: new kinesis.Stream(later, 'Stream'), dlq, processorProps });
    expect(annotationsOf(stack)).toEqual([]);
    const invokes = statementsOf(redrive.function.role!).filter(({ Action }) => Action.includes('lambda:InvokeFunction'));
    expect(invokes.flatMap(({ Resource }) => Resource)).toContainEqual(resolved(stack, processor.functionArn));
  });

  test('reads and writes dead letters below the `overflowPrefix` of its StreamDlq only', () => {
    const { redrive } = define({}, () => ({ overflowPrefix: 'dead-letters/1f2e3d4c/' }));
    expect(propertiesOf(redrive.function).Environment.Variables.OVERFLOW_PREFIX).toBe('dead-letters/1f2e3d4c/');
    for (const action of ['s3:GetObject', 's3:PutObject']) {
      const ofObjects = granted({ redrive }).filter((it) => actionsOf([it]).includes(action)).map(({ Resource }) => JSON.stringify(Resource));
      expect(ofObjects).toEqual([expect.stringContaining(':s3:::overflow/dead-letters/1f2e3d4c/*')]);
    }
  });

  test.each(['', 'letters/', 'dead-letters/1f2e3d4c', 'dead-letters/*/'])('does not take %j as `overflowPrefix`', (overflowPrefix) => {
    expect(messageOf(() => define({}, () => ({ overflowPrefix })))).toBe(
      `[Stack/Shared] \`overflowPrefix\` must begin with dead-letters/ and end with /, without wildcards, got: ${overflowPrefix}; ` +
        'pass the environment variable OVERFLOW_PREFIX of `captureFunction`',
    );
  });

  test('switches for an operator', () => {
    const { stack, redrive } = define();
    const operator = new iam.Role(stack, 'OnCall', { assumedBy: new iam.AccountRootPrincipal() });
    redrive.grantOperatorRemoteRedrive(operator);
    expect(actionsOf(statementsOf(operator))).toEqual(expect.arrayContaining(['lambda:UpdateEventSourceMapping', 'sqs:ReceiveMessage', 's3:GetObject']));
  });
});
