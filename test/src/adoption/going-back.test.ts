import { ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { StreamDlq } from '../../../src';
import { AdoptedSource, MAPPING as SETTINGS, SOURCES, Source } from '../../support/adoption/adoption-path';
import { changesBetween, idsOf, Template as StackTemplate, updatedBefore } from '../../support/adoption/template-changes';
import { processorProps, testStack } from '../../support/app';
import { MAPPING } from './adoption-templates';

/*
 * What CloudFormation does when an app goes back to its old destination: docs/adopting.md.
 */
type Stage = 'adopted' | 'back' | 'removed';

function templateOf(kind: Source, stage: Stage): StackTemplate {
  const stack = testStack();
  const source = new AdoptedSource(stack, kind);
  const fn = new lambda.Function(stack, 'Processor', processorProps);
  const queue = new sqs.Queue(stack, 'OnFailure');
  const dlq = stage === 'removed' ? undefined : new StreamDlq(stack, 'Dlq', { source: source.streamSource });
  if (stage === 'back') dlq!.topic!.grantPublish(fn);
  fn.addEventSource(source.eventSource({ ...SETTINGS, onFailure: stage === 'adopted' ? dlq : new SqsDlq(queue) }));
  return Template.fromStack(stack).toJSON() as StackTemplate;
}

describe.each(SOURCES)('going back on %s', (source) => {
  const [adopted, back, removed] = (['adopted', 'back', 'removed'] as const).map((stage) => templateOf(source, stage));
  const [mapping] = idsOf(adopted, MAPPING).filter((id) => !id.includes('IntakeMapping'));
  const [policy] = idsOf(adopted, 'AWS::IAM::Policy').filter((id) => id.includes('ServiceRoleDefaultPolicy'));

  test('first changes the mapping, and keeps all that a failure in flight needs', () => {
    const { added, updated, removedOrReplaced } = changesBetween(adopted, back);
    expect(added).toEqual({});
    expect(updated[mapping]).toEqual(['DependsOn', 'DestinationConfig']);
    // CloudFormation deletes it after all updates; the policy that it updates before the mapping allows the same.
    expect(removedOrReplaced).toEqual({ [idsOf(adopted).find((id) => id.includes('PublishTo'))!]: ResourceImpact.WILL_DESTROY });
    expect([...updatedBefore(back, mapping)]).toContain(policy);
    expect(JSON.stringify(back.Resources[policy].Properties)).toContain('sns:Publish');
  });

  test('then removes the StreamDlq, but for what holds dead letters', () => {
    const { updated, removedOrReplaced } = changesBetween(back, removed);
    expect(Object.keys(updated)).not.toContain(mapping);
    const orphans = Object.keys(removedOrReplaced).filter((id) => removedOrReplaced[id] === ResourceImpact.WILL_ORPHAN);
    expect(orphans.map((id) => back.Resources[id].Type).sort()).toEqual(['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SQS::Queue', 'AWS::SQS::Queue']);
  });
});
