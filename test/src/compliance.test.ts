import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { transpileModule } from 'typescript';
import { DynamoStreamProcessor, FailureCapture, Idempotency, IStreamDlq, KinesisStreamProcessor, QueueProcessor, RedriveFunction } from '../../src';
import { processorProps, resourcesOf, testStack } from '../support/app';
import { findingsOf, loadNag, NAGS, Validations } from '../support/nag';
import { partitionKey } from '../support/tables';

/** What is acknowledged with the constructs, and what is left to the owner of the app. */
const ACKNOWLEDGED = ['AwsSolutions', 'Serverless'];
const LEFT = ['NIST80053R4', 'NIST80053R5', 'HIPAASecurity', 'PCIDSS321'];

const byNag = (packs: string[]) => NAGS.flatMap((nag) => packs.map((pack) => [nag, pack] as const));

interface Suppression {
  readonly id: string;
  readonly reason: string;
  readonly applies_to?: unknown[];
}

function suppressionsOf(stack: Stack): [string, Suppression][] {
  return Object.entries(resourcesOf(stack)).flatMap(([id, resource]) => {
    const { Metadata: metadata } = resource as { Metadata?: { cdk_nag?: { rules_to_suppress: Suppression[] } } };
    return (metadata?.cdk_nag?.rules_to_suppress ?? []).map((rule) => [id, rule] as [string, Suppression]);
  });
}

/** The first thing that a newcomer writes. */
function smallest(): { readonly stack: Stack; readonly dlq: IStreamDlq } {
  const stack = testStack();
  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  return { stack, dlq };
}

/** Everything that this library defines. */
function everything(): Stack {
  const { stack, dlq } = smallest();
  new RedriveFunction(stack, 'Redrive', { dlq });
  new DynamoStreamProcessor(stack, 'Audit', {
    processorProps, tableProps: { partitionKey }, capture: FailureCapture.s3(), keepCapture: FailureCapture.hydrate(),
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  });
  new KinesisStreamProcessor(stack, 'Fan', { processorProps, enhancedFanOut: true, idempotency: Idempotency.table() });
  new QueueProcessor(stack, 'Jobs', { processorProps, idempotency: Idempotency.table() });
  return stack;
}

/** The processor is the user's: its memory, timeout and tracing are in `processorProps`, and so is its role. */
const OF_PROCESSOR: Record<string, string[]> = {
  AwsSolutions: ['AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]'],
  Serverless: ['Serverless-LambdaDefaultMemorySize', 'Serverless-LambdaDefaultTimeout', 'Serverless-LambdaTracing'],
};

describe('cdk-nag', () => {
  test.each(byNag(ACKNOWLEDGED))('(%s) finds with %s nothing but what the user decides about the processor', (nag, pack) => {
    const found = findingsOf(nag, pack, smallest().stack);
    expect(found.map(({ rule }) => rule).sort()).toEqual(OF_PROCESSOR[pack]);
    expect(found.filter(({ path }) => !path.startsWith('Stack/Orders/Processor/'))).toEqual([]);
  });

  test.each(byNag(ACKNOWLEDGED))('(%s) finds with %s nothing in whatever else is defined here', (nag, pack) => {
    const found = findingsOf(nag, pack, everything());
    expect(found.filter(({ rule }) => !OF_PROCESSOR[pack].includes(rule))).toEqual([]);
    expect(found.filter(({ path }) => !/^Stack\/(Orders|Audit|Fan|Jobs)\/Processor\//.test(path))).toEqual([]);
  });

  test.each(byNag(ACKNOWLEDGED))('(%s) finds with %s nothing in functions that are traced and in a VPC', (nag, pack) => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, restrictDefaultSecurityGroup: false });
    const options = { vpc, tracing: lambda.Tracing.ACTIVE };
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', {
      processorProps, capture: FailureCapture.hydrate(options), keepCapture: FailureCapture.s3(options),
    });
    new RedriveFunction(stack, 'Redrive', { dlq, ...options });
    const found = findingsOf(nag, pack, stack);
    expect(found.filter(({ path }) => !/^Stack\/(Vpc|Orders\/Processor)\//.test(path))).toEqual([]);
  });

  test.each(byNag(LEFT))('(%s) finds with %s what it finds: nothing is hidden from an auditor', (nag, pack) => {
    const found = findingsOf(nag, pack, smallest().stack);
    expect(found.filter(({ path }) => /^Stack\/(Orders\/Dlq|StreamDlqOverflowBucket)\//.test(path)).length).toBeGreaterThan(4);
  });

  test.each(byNag(LEFT))('(%s) finds with %s nothing in a StreamDlq once the call of docs/compliance.md was made', (nag, pack) => {
    const { stack, dlq } = smallest();
    const { NagSuppressions } = loadNag(nag);
    const acknowledgeAll = new Function('Validations', 'NagSuppressions', 'dlq', callOfDocs(NagSuppressions ? 'NagSuppressions' : 'Validations'));
    acknowledgeAll(Validations, NagSuppressions, dlq);
    const found = findingsOf(nag, pack, stack);
    expect(found.filter(({ path }) => path.startsWith('Stack/Orders/Dlq/'))).toEqual([]);
  });

  test('still finds what a user sets on a stream with properties of the user', () => {
    const stack = testStack();
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, streamProps: { shardCount: 2 } });
    expect(findingsOf('cdk-nag', 'AwsSolutions', stack).map(({ rule }) => rule)).toContain('AwsSolutions-KDS3');
  });
});

describe('what is acknowledged', () => {
  test('is of two packs, each rule with a reason in whole sentences', () => {
    const suppressions = suppressionsOf(everything());
    expect(suppressions.length).toBeGreaterThan(10);
    for (const [, { id, reason }] of suppressions) {
      expect(id).toMatch(/^(AwsSolutions|Serverless)-/);
      expect(reason).toMatch(/^[A-Z].{60,}\.$/);
    }
  });

  test('is, of wildcards, the objects in two folders and the streams of one table only', () => {
    const wildcards = suppressionsOf(everything()).filter(([, { id }]) => id === 'AwsSolutions-IAM5').map(([, rule]) => rule);
    expect(new Set(wildcards.map(({ applies_to: patterns }) => JSON.stringify(patterns)))).toEqual(new Set(
      ['dead-letters/([0-9a-f]{8}/)?', 'aws/lambda/', 'stream/'].map((folder) => JSON.stringify([{ regex: `/^Resource::[^*]+/${folder}\\*$/` }])),
    ));
  });

  test('keeps what the user has acknowledged on the same resource', () => {
    const { NagSuppressions } = loadNag(NAGS.at(-1)!);
    const { stack, dlq } = smallest();
    NagSuppressions!.addResourceSuppressions(dlq.queue, [{ id: 'Mine-1', reason: 'a reason of my own' }], true);
    const ofQueue = suppressionsOf(stack).filter(([id]) => /^OrdersDlqQueue[0-9A-F]{8}$/.test(id)).map(([, { id }]) => id);
    expect(ofQueue).toEqual(['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy', 'Mine-1']);
  });
});

test('no function of this package waits for what it refers to anyway, which cfn-lint warns of (W3005)', () => {
  const functions = Object.entries(resourcesOf(everything())).filter(([id, { Type }]) => Type === 'AWS::Lambda::Function' && !id.includes('Processor'));
  expect(functions.length).toBeGreaterThan(3);
  for (const [, { Properties, DependsOn = [] }] of functions) {
    expect(DependsOn).not.toEqual([]);
    expect(DependsOn.filter((id) => JSON.stringify(Properties).includes(`"${id}"`))).toEqual([]);
  }
});

/** What docs/compliance.md has users copy, but for the imports and the call for the other version of cdk-nag. */
function callOfDocs(api: string): string {
  const page = readFileSync(join(__dirname, '../../docs/compliance.md'), 'utf8');
  const [, code] = /```ts\n(.*?)```/s.exec(page)!;
  const lines = code.split('\n').filter((line) => !/^import /.test(line) && !(/\.of\(|addResource/.test(line) && !line.startsWith(api)));
  return transpileModule(lines.join('\n').replaceAll('orders.dlq', 'dlq'), {}).outputText;
}
