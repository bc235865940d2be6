import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { KinesisStreamProcessor, KinesisStreamProcessorProps } from '../../src';
import { processorProps } from './app';

export interface AlarmResource {
  readonly Properties: {
    readonly AlarmDescription: string;
    readonly MetricName?: string;
    readonly Metrics?: object[];
    readonly [property: string]: unknown;
  };
}

/** A stack with a topic for alarms. */
export function watchedStack(app = new App(), id = 'Stack'): { readonly stack: Stack; readonly action: cloudwatch.IAlarmAction } {
  const stack = new Stack(app, id);
  return { stack, action: new SnsAction(sns.Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:us-east-1:123456789012:on-call')) };
}

/** A processor, in a stack with a topic for alarms. */
export function define(props: Partial<KinesisStreamProcessorProps>, { stack } = watchedStack()): KinesisStreamProcessor {
  return new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...props });
}

/** The alarms of a stack, by the part of the runbook that they link to. */
export function alarmsOf(stack: Stack): Record<string, AlarmResource['Properties']> {
  const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')) as AlarmResource[];
  return Object.fromEntries(alarms.map(({ Properties }) => [/#(\w+)$/.exec(Properties.AlarmDescription)![1], Properties]));
}
