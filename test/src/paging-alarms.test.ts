import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Alarms, KinesisStreamProcessor, RedriveFunction, StreamDlq, StreamSource } from '../../src';
import { alarmsOf, define, watchedStack } from '../support/alarms';
import { processorProps } from '../support/app';

describe('the composite alarm for paging', () => {
  test('is of the critical alarms of the stack, that of a RedriveFunction included, and alone has the paging actions', () => {
    const { stack, action } = watchedStack();
    const pager = new SnsAction(sns.Topic.fromTopicArn(stack, 'Pager', 'arn:aws:sns:us-east-1:123456789012:pager'));
    const { dlq } = define({ alarmActions: [action], alarms: Alarms.all({ pagingActions: [pager] }) }, { stack, action });
    new RedriveFunction(stack, 'Redrive', { dlq });
    const [composite, ...others] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::CompositeAlarm'));
    expect(others).toEqual([]);
    expect(composite.Properties.AlarmActions).toEqual(['arn:aws:sns:us-east-1:123456789012:pager']);
    const rule = JSON.stringify(composite.Properties.AlarmRule);
    const alarms = Object.entries(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    for (const [id, { Properties }] of alarms) {
      expect([id, rule.includes(`"${id}"`)]).toEqual([id, Properties.AlarmDescription.startsWith('CRITICAL')]);
      expect(Properties.AlarmActions).toEqual(['arn:aws:sns:us-east-1:123456789012:on-call']);
    }
  });

  test('is not there without paging actions', () => {
    const { stack, action } = watchedStack();
    define({ alarmActions: [action] }, { stack, action });
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::CompositeAlarm', 0);
  });

  test.each<[string, (app: App, stack: Stack) => Stack]>([
    ['another stack', (app) => new Stack(app, 'Other')],
    ['a nested stack', (_, stack) => new NestedStack(stack, 'Nested')],
  ])('leaves out alarms of %s, which page by themselves', (_, make) => {
    const app = new App();
    const { stack, action } = watchedStack(app);
    const pager = new SnsAction(sns.Topic.fromTopicArn(stack, 'Pager', 'arn:aws:sns:us-east-1:123456789012:pager'));
    const dlq = new StreamDlq(stack, 'Dlq', { alarmActions: [action], alarms: Alarms.all({ pagingActions: [pager] }) });
    const other = make(app, stack);
    new KinesisStreamProcessor(other, 'Orders', { processorProps, dlq });
    app.synth();
    const [composite] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::CompositeAlarm'));
    expect(JSON.stringify(composite.Properties.AlarmRule)).not.toContain('DestinationDeliveryFailures');
    const [onCall, paged] = ['on-call', 'pager'].map((name) => `arn:aws:sns:us-east-1:123456789012:${name}`);
    const { destinationdeliveryfailures, droppedevents, iteratorage } = alarmsOf(other);
    for (const { AlarmActions, OKActions } of [destinationdeliveryfailures, droppedevents]) {
      expect([AlarmActions, OKActions]).toEqual([[onCall, paged], [onCall, paged]]);
    }
    expect(iteratorage.AlarmActions).toEqual([onCall]);
  });

  test('has another name in each deployment of an app', () => {
    const [one, two] = ['orders-test', 'orders-live'].map((stackName) => {
      const stack = new Stack(new App(), 'Orders', { stackName });
      const pager = new SnsAction(sns.Topic.fromTopicArn(stack, 'Pager', 'arn:aws:sns:us-east-1:123456789012:pager'));
      new StreamDlq(stack, 'Dlq', { alarms: Alarms.essential({ pagingActions: [pager] }) });
      return Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::CompositeAlarm'))[0].Properties.AlarmName as string;
    });
    expect(one).toMatch(/^orders-test-Dlq-\w+-PagingAlarm$/);
    expect(two).not.toBe(one);
  });

  test('leads to another one where its rule is full, so that it pages for all alarms', () => {
    const { stack, action } = watchedStack(new App(), 'S'.repeat(128));
    const pager = new SnsAction(sns.Topic.fromTopicArn(stack, 'Pager', 'arn:aws:sns:us-east-1:123456789012:pager'));
    const dlq = new StreamDlq(stack, 'Dlq', { alarmActions: [action], alarms: Alarms.essential({ pagingActions: [pager] }) });
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::123456789012:role/processors', { mutable: false });
    for (let i = 0; i < 99; i++) {
      const stream = kinesis.Stream.fromStreamArn(stack, `S${i}`, `arn:aws:kinesis:us-east-1:123456789012:stream/s${i}`);
      const fn = lambda.Function.fromFunctionAttributes(stack, `F${i}`, { functionArn: `arn:aws:lambda:us-east-1:123456789012:function:f${i}`, role });
      dlq.addSource(StreamSource.kinesis(stream));
      fn.addEventSource(new KinesisEventSource(stream, { startingPosition: lambda.StartingPosition.TRIM_HORIZON, onFailure: dlq }));
    }
    const template = Template.fromStack(stack);
    const composites = template.findResources('AWS::CloudWatch::CompositeAlarm');
    const [paging, ...others] = Object.values(composites).filter(({ Properties }) => Properties.AlarmActions !== undefined);
    expect([paging.Properties.AlarmActions, others]).toEqual([['arn:aws:sns:us-east-1:123456789012:pager'], []]);

    const namedBy = ({ Properties: { AlarmRule } }: (typeof composites)[string]): string[] => {
      const parts: (string | { Ref: string })[] = AlarmRule['Fn::Join'][1];
      const names = parts.flatMap((part) => (typeof part === 'string' ? [] : part.Ref));
      // Names have up to 255 characters.
      const text = parts.map((part) => (typeof part === 'string' ? part : '?'.repeat(255))).join('');
      expect(text).toMatch(/^ALARM\("\?+"\)( OR ALARM\("\?+"\))*$/);
      expect(text.length).toBeLessThanOrEqual(10_240);
      return names.flatMap((name) => (composites[name] ? namedBy(composites[name]) : name));
    };
    const critical = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).filter(([, { Properties }]) => Properties.AlarmDescription.startsWith('CRITICAL'));
    expect(critical).toHaveLength(102);
    expect(namedBy(paging).sort()).toEqual(critical.map(([id]) => id).sort());
  });
});
