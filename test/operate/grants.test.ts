import { CfnOutput, type App, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { PolicyDocument } from '../../local/account';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, QueueProcessor, RedriveFunction } from '../../src';
import { Pipeline } from '../pipeline/pipeline';
import { describeNeedsJava } from '../support/java';
import { Tool } from './tool';

const processorProps = { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {};') };

type Grants = Readonly<Record<string, (grantee: iam.IGrantable) => unknown>>;

/** A stack with a key on everything, and what each of its operators is granted. */
const STACKS: Readonly<Record<string, (stack: Stack) => Grants>> = {
  Hydrated: (stack) => {
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', {
      ...keysOf(stack), processorProps, streamProps: { encryptionKey: new kms.Key(stack, 'StreamKey') },
    });
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq });
    return {
      read: (it) => dlq.grantOperatorRead(it),
      logs: (it) => [dlq.grantOperatorRead(it), dlq.grantReadLogs(it)],
      redrive: (it) => dlq.grantOperatorRedrive(it),
      toStream: (it) => dlq.grantOperatorRedriveToStream(it),
      remote: (it) => [dlq.grantOperatorRedrive(it), redrive.grantOperatorRemoteRedrive(it)],
    };
  },
  Captured: (stack) => {
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { ...keysOf(stack), processorProps, capture: FailureCapture.s3() });
    return { read: (it) => dlq.grantOperatorRead(it), redrive: (it) => dlq.grantOperatorRedrive(it) };
  },
  Switched: (stack) => {
    const captures = { capture: FailureCapture.s3(), keepCapture: FailureCapture.hydrate() };
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { ...keysOf(stack), processorProps, ...captures });
    return { read: (it) => dlq.grantOperatorRead(it), redrive: (it) => dlq.grantOperatorRedrive(it) };
  },
  Changes: (stack) => {
    const tableProps = { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } };
    const { dlq } = new DynamoStreamProcessor(stack, 'Audit', { ...keysOf(stack), processorProps, tableProps });
    return { read: (it) => dlq.grantOperatorRead(it), redrive: (it) => dlq.grantOperatorRedrive(it) };
  },
  Queued: (stack) => {
    const orders = new QueueProcessor(stack, 'Orders', { ...keysOf(stack), processorProps });
    return {
      read: (it) => orders.grantOperatorRead(it),
      logs: (it) => [orders.grantOperatorRead(it), orders.grantReadLogs(it)],
      redrive: (it) => orders.grantOperatorRedrive(it),
    };
  },
};

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  read: ['--read'], logs: ['--read', '--logs'], redrive: ['--redrive'], toStream: ['--redrive', '--to-stream'], remote: ['--redrive', '--remote'],
};

function keysOf(stack: Stack) {
  return { encryptionKey: new kms.Key(stack, 'Key'), auditLogGroup: new logs.LogGroup(stack, 'AuditLog') };
}

function define(app: App): [] {
  for (const [name, grantsOf] of Object.entries(STACKS)) {
    const stack = new Stack(app, name);
    for (const [kind, grant] of Object.entries(grantsOf(stack))) {
      const role = new iam.Role(stack, `Operator-${kind}`, { assumedBy: new iam.AccountRootPrincipal() });
      grant(role);
      new CfnOutput(stack, `Arn${kind}`, { value: role.roleArn });
    }
  }
  return [];
}

/** Each permission on its own: `action on resource`, and on which condition. */
function permissionsOf(...documents: readonly PolicyDocument[]): string[] {
  const permissions = documents.flatMap(({ Statement }) => Statement).flatMap(({ Effect, Action, Resource, Condition }) =>
    [Action ?? []].flat().flatMap((action) => [Resource ?? []].flat().map((resource) =>
      `${Effect} ${action} on ${resource}${Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`}`)));
  return [...new Set(permissions)].sort();
}

describeNeedsJava('what the constructs grant is what the tool prints', () => {
  let pipeline: Pipeline;
  let tool: Tool;

  beforeAll(async () => {
    pipeline = await Pipeline.start({ define });
    tool = new Tool(pipeline.cloud.operator());
  });

  afterAll(async () => {
    tool?.remove();
    await pipeline?.stop();
  });

  test.each(['Hydrated', 'Captured', 'Switched', 'Changes', 'Queued'])('in the stack %s', async (name) => {
    const { outputs } = pipeline.stacks.find(({ stackName }) => stackName === name)!;
    const kinds = Object.keys(outputs).flatMap((output) => /^Arn(.*)/.exec(output)?.[1] ?? []);
    expect(kinds).toContain('redrive');
    for (const kind of kinds) {
      const { document, stderr } = await tool.json('policy', ...OPTIONS[kind], '--stack', name);
      const granted = permissionsOf(...pipeline.cloud.account.roles.get(outputs[`Arn${kind}`])!.policies.values());
      expect([kind, stderr, permissionsOf(document.policy)]).toEqual([kind, '', granted]);
    }
  });
});
