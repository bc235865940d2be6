import { PublishCommand } from '@aws-sdk/client-sns';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { PolicyDocument } from '../../local/account';
import type { DeployedStack } from '../../local/deploy/deployed-stack';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, RedriveFunction } from '../../src';
import { Pipeline } from '../pipeline/pipeline';
import { BuggyProcessor } from './buggy-processor';
import { messagesIn } from './queue';
import { shortPolls } from './short-polls';
import { Tool } from './tool';

/** A pipeline, by the name of its stack. */
export type StackName = keyof typeof DEFINITIONS;

/** Pipelines whose processors fail on records that begin with `poison`, and an operator who may do anything. */
export class OperatorSession {
  static async start(...names: readonly StackName[]): Promise<OperatorSession> {
    const processors = Object.fromEntries(names.map((name) => [name, new BuggyProcessor({ throw: ['poison'] })])) as Record<StackName, BuggyProcessor>;
    let pipeline: Pipeline | undefined;
    try {
      pipeline = await Pipeline.start({
        define: (app) => names.map((name) => DEFINITIONS[name](new Stack(app, name), processors[name].props)),
        consolidateFailures: 'none',
      });
      pipeline.cloud.gateway.use(shortPolls);
      return new OperatorSession(pipeline, names, processors);
    } catch (error) {
      await pipeline?.stop();
      for (const processor of Object.values(processors)) processor.remove();
      throw error;
    }
  }

  readonly tool: Tool;
  private readonly tools: Tool[] = [];

  private constructor(
    readonly pipeline: Pipeline,
    private readonly names: readonly StackName[],
    readonly processors: Readonly<Record<StackName, BuggyProcessor>>,
  ) {
    this.tool = this.toolWith();
  }

  get cloud() {
    return this.pipeline.cloud;
  }

  /** The tool of an operator who is allowed what a policy says: everything, by default. */
  toolWith(policy?: PolicyDocument, name = 'Operator'): Tool {
    return this.add(this.cloud.operator(policy, name));
  }

  /** The tool of whoever takes a role of a stack. */
  toolAs(stack: StackName, output: string): Tool {
    const roleArn = this.output(stack, output);
    const { accessKeyId, secretAccessKey, sessionToken } = this.cloud.account.credentialsFor(roleArn);
    const { environment } = this.cloud.operator();
    return this.add({
      roleArn,
      environment: { ...environment, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken },
    });
  }

  output(stack: StackName, name: string): string {
    return this.deployed(stack).outputs[name];
  }

  queueUrl(stack: StackName): string {
    return this.outputsOf(stack).queueUrl;
  }

  /** Puts records on a stream in one call, and waits until all that follows from them is over. */
  async publish(stack: StackName, ...data: readonly string[]): Promise<void> {
    await this.pipeline.publish(data.map((it) => ({ key: 'a', data: it })), this.names.indexOf(stack));
    await this.pipeline.settle();
  }

  /** Publishes to the topic for failure records. */
  async notify(stack: StackName, message: string): Promise<void> {
    const { resources } = this.deployed(stack);
    const topic = [...resources.values()].find(({ type }) => type === 'AWS::SNS::Topic')!;
    await this.cloud.clients.sns.send(new PublishCommand({ TopicArn: topic.physicalId, Message: message }));
    await this.pipeline.settle();
  }

  async deadLetters(stack: StackName) {
    return messagesIn(this.cloud.clients.sqs, this.queueUrl(stack));
  }

  async undeliverables(stack: StackName) {
    return messagesIn(this.cloud.clients.sqs, this.outputsOf(stack).undeliverableQueueUrl);
  }

  /** What a processor processes from now on. */
  processedBy(stack: StackName): () => readonly string[] {
    const before = this.processors[stack].processed.length;
    return () => this.processors[stack].processed.slice(before);
  }

  /** Name of a bucket of a stack. */
  bucket(stack: StackName): string {
    return [...this.deployed(stack).resources.values()].find(({ type }) => type === 'AWS::S3::Bucket')!.physicalId;
  }

  /** Takes an action from the role of a stack's function, until it is given back. */
  revoke(stack: StackName, role: string, action: string): () => void {
    const { policies } = [...this.cloud.account.roles.values()].find(({ arn }) => arn.includes(`${stack}-`) && arn.includes(role))!;
    const before = new Map(policies);
    for (const [name, policy] of before) policies.set(name, withoutAction(policy, action));
    return () => {
      for (const [name, policy] of before) policies.set(name, policy);
    };
  }

  async stop(): Promise<void> {
    await this.pipeline.stop();
    for (const it of [...this.tools, ...Object.values(this.processors)]) it.remove();
  }

  private add(operator: ConstructorParameters<typeof Tool>[0]): Tool {
    const tool = new Tool(operator);
    this.tools.push(tool);
    return tool;
  }

  private deployed(stack: StackName): DeployedStack {
    return this.pipeline.stacks.find(({ stackName }) => stackName === stack)!;
  }

  private outputsOf(stack: StackName) {
    return this.pipeline.processors[this.names.indexOf(stack)];
  }
}

/** A policy that allows all but one action. */
export function withoutAction({ Version, Statement }: PolicyDocument, action: string): PolicyDocument {
  const statements = Statement.map((it) => ({ ...it, Action: [it.Action ?? []].flat().filter((allowed) => allowed !== action) }));
  return { Version, Statement: statements.filter(({ Action }) => Action.length > 0) };
}

/** Batches fail as they are. */
const WHOLE = { bisectBatchOnError: false, retryAttempts: 0, maxBatchingWindow: Duration.seconds(5) };

const DEFINITIONS = {
  /** Encrypted with a key of its own, so that every permission of an operator is in use. */
  Orders: (stack: Stack, processorProps: lambda.FunctionProps) => {
    const auditLogGroup = new logs.LogGroup(stack, 'Audit');
    const encryptionKey = new kms.Key(stack, 'QueueKey');
    const streamProps = { encryptionKey: new kms.Key(stack, 'StreamKey') };
    const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps, streamProps, encryptionKey, auditLogGroup, batchSize: 10, retryAttempts: 0 });
    new CfnOutput(stack, 'AuditLogGroup', { value: auditLogGroup.logGroupName });
    const [reader, redriver] = ['Reader', 'Redriver'].map((id) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() }));
    orders.dlq.grantOperatorRead(reader);
    orders.dlq.grantOperatorRedriveToStream(redriver);
    new CfnOutput(stack, 'ReaderArn', { value: reader.roleArn });
    new CfnOutput(stack, 'RedriverArn', { value: redriver.roleArn });
    return orders;
  },

  /** The processor writes JSON into a log group of its own, which the reader may read. */
  Logged: (stack: Stack, processorProps: lambda.FunctionProps) => {
    const logGroup = new logs.LogGroup(stack, 'ProcessorLog');
    const orders = new KinesisStreamProcessor(stack, 'Orders', {
      processorProps: { ...processorProps, logGroup, loggingFormat: lambda.LoggingFormat.JSON }, batchSize: 10, retryAttempts: 0,
    });
    const reader = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
    orders.dlq.grantOperatorRead(reader);
    orders.dlq.grantReadLogs(reader);
    new CfnOutput(stack, 'ReaderArn', { value: reader.roleArn });
    return orders;
  },

  /** Dead letters are what Lambda wrote. */
  Captured: (stack: Stack, processorProps: lambda.FunctionProps) =>
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, capture: FailureCapture.s3(), ...WHOLE }),

  /** That, with a function that can read the stream. */
  StandingBy: (stack: Stack, processorProps: lambda.FunctionProps) => {
    const [capture, keepCapture] = [FailureCapture.s3(), FailureCapture.hydrate()];
    return new KinesisStreamProcessor(stack, 'Orders', { processorProps, capture, keepCapture, ...WHOLE });
  },

  /** What lies between in the shard is not meant for the processor: dead letters hold it all the same. */
  Filtered: (stack: Stack, processorProps: lambda.FunctionProps) => {
    const filters = [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('order') } })];
    return new KinesisStreamProcessor(stack, 'Orders', { processorProps, filters, ...WHOLE });
  },

  /** Keeps the order of a shard. */
  Ordered: (stack: Stack, processorProps: lambda.FunctionProps) => {
    const queue = new sqs.Queue(stack, 'Queue', { fifo: true });
    return new KinesisStreamProcessor(stack, 'Orders', { processorProps, queue, batchSize: 1, retryAttempts: 0 });
  },

  Changes: (stack: Stack, processorProps: lambda.FunctionProps) =>
    new DynamoStreamProcessor(stack, 'Orders', {
      processorProps,
      tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } },
      ...WHOLE,
      // Items are put one after the other: a batch is three of them, however long the last one takes.
      batchSize: 3,
      maxBatchingWindow: Duration.minutes(5),
    }),

  Remote: (stack: Stack, processorProps: lambda.FunctionProps) => {
    const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...WHOLE });
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq, maxAttempts: 2, timeout: Duration.minutes(1) });
    const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
    redrive.grantOperatorRemoteRedrive(operator);
    new CfnOutput(stack, 'OperatorArn', { value: operator.roleArn });
    return orders;
  },
};
