import { Template } from 'aws-cdk-lib/assertions';
import { AdoptionPath, Source, Step } from '../../support/adoption/adoption-path';
import { idsOf, Template as StackTemplate } from '../../support/adoption/template-changes';
import { processorProps, testStack } from '../../support/app';

export const MAPPING = 'AWS::Lambda::EventSourceMapping';

/** The template of a stack at a step of its adoption. */
export function templateOf(path: AdoptionPath, source: Source, step: Step): StackTemplate {
  const stack = testStack();
  path.define(stack, { source, processorProps, step });
  return Template.fromStack(stack).toJSON() as StackTemplate;
}

const COMMON = {
  'AWS::S3::Bucket': 1, 'AWS::S3::BucketPolicy': 1, 'AWS::IAM::Role': 1, 'AWS::IAM::Policy': 2,
  'AWS::Lambda::Function': 1, 'AWS::Logs::LogGroup': 1,
};

/** What a StreamDlq of each capture and its mapping define, by type: one of the two policies is that of the processor. */
export const DEFINED = {
  HYDRATE: {
    ...COMMON, 'AWS::SNS::Topic': 1, 'AWS::SNS::TopicPolicy': 1, 'AWS::SNS::Subscription': 1, 'AWS::SQS::Queue': 3, 'AWS::SQS::QueuePolicy': 3,
    'AWS::Lambda::EventSourceMapping': 1,
  },
  S3: {
    ...COMMON, 'AWS::Events::Rule': 1, 'AWS::S3::Bucket': 2, 'AWS::S3::BucketPolicy': 2, 'AWS::SQS::Queue': 2, 'AWS::SQS::QueuePolicy': 2,
    'AWS::Lambda::EventInvokeConfig': 1, 'AWS::Lambda::Permission': 1,
  },
};

/** Types of the new resources that CloudFormation may define after it has changed a mapping, but for policies that only deny. */
export function definedLater(before: StackTemplate, after: StackTemplate, earlier: ReadonlySet<string>): string[] {
  return idsOf(after)
    .filter((id) => !idsOf(before).includes(id) && !earlier.has(id))
    .map((id) => after.Resources[id])
    .filter(({ Properties }) => !onlyDenies(Properties))
    .map(({ Type }) => Type);
}

function onlyDenies(properties: unknown): boolean {
  const { PolicyDocument: document } = properties as { PolicyDocument?: { Statement: readonly { Effect: string }[] } };
  return document?.Statement.every(({ Effect }) => Effect === 'Deny') ?? false;
}
