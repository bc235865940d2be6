import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { DynamoStreamProcessor, KinesisStreamProcessor } from '../../../src';
import { AdoptedSource, MAPPING as SETTINGS, Source, SOURCES } from '../../support/adoption/adoption-path';
import { changesBetween, idsOf, Template as StackTemplate } from '../../support/adoption/template-changes';
import { processorProps, testStack } from '../../support/app';
import { MAPPING } from './adoption-templates';

/*
 * What CloudFormation does when a processor construct takes the place of a mapping that an app defines by itself: docs/adopting.md.
 */
interface Parts {
  readonly stack: Stack;
  readonly source: AdoptedSource;
  readonly fn: lambda.Function;
  readonly queue: sqs.Queue;
}

function templateOf(kind: Source, define: (parts: Parts) => void): StackTemplate {
  const stack = testStack();
  const parts = { stack, source: new AdoptedSource(stack, kind), fn: new lambda.Function(stack, 'Processor', processorProps), queue: new sqs.Queue(stack, 'OnFailure') };
  define(parts);
  return Template.fromStack(stack).toJSON() as StackTemplate;
}

const byEventSource = ({ source, fn, queue }: Parts) => fn.addEventSource(source.eventSource({ ...SETTINGS, onFailure: new SqsDlq(queue) }));

const byMapping = ({ stack, source, fn, queue }: Parts) => {
  new lambda.EventSourceMapping(stack, 'Mapping', { ...SETTINGS, target: fn, eventSourceArn: source.streamArn, onFailure: new SqsDlq(queue) });
  source.grantRead(fn);
};

function byConstruct({ stack, source: { stream, table }, fn }: Parts, startingPosition = SETTINGS.startingPosition): lambda.CfnEventSourceMapping {
  const options = { processor: fn, startingPosition };
  const { mapping } = stream
    ? new KinesisStreamProcessor(stack, 'Orders', { ...options, stream })
    : new DynamoStreamProcessor(stack, 'Orders', { ...options, table });
  return mapping.node.defaultChild as lambda.CfnEventSourceMapping;
}

/** The mappings that a change removes, replaces or adds. */
function ofMappings(before: StackTemplate, after: StackTemplate): { gone: string[]; come: string[] } {
  const { removedOrReplaced } = changesBetween(before, after);
  const [old, now] = [before, after].map((it) => idsOf(it, MAPPING).filter((id) => !id.includes('IntakeMapping')));
  return { gone: old.filter((id) => id in removedOrReplaced), come: now.filter((id) => !old.includes(id)) };
}

describe.each(SOURCES)('a processor construct on %s, with the stream or table and the function that exist', (source) => {
  test('keeps the mapping of an event source, and changes its options', () => {
    const before = templateOf(source, byEventSource);
    const after = templateOf(source, (parts) => {
      parts.queue.grantSendMessages(parts.fn);
      byConstruct(parts);
    });
    const { updated, removedOrReplaced } = changesBetween(before, after);
    expect(removedOrReplaced).toEqual({});
    expect(updated[idsOf(before, MAPPING)[0]]).toEqual([
      'BatchSize', 'DependsOn', 'DestinationConfig', 'FunctionResponseTypes', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts',
    ]);
    expect(Object.keys(updated)).toHaveLength(2);
  });

  test('replaces the mapping if it begins elsewhere, which Lambda refuses for the same stream and function', () => {
    const after = templateOf(source, (parts) => byConstruct(parts, lambda.StartingPosition.LATEST));
    expect(ofMappings(templateOf(source, byEventSource), after)).toEqual({ gone: [expect.any(String)], come: [] });
  });

  test('has another mapping than an EventSourceMapping of the app, unless it keeps its logical id', () => {
    const before = templateOf(source, byMapping);
    const other = templateOf(source, (parts) => byConstruct(parts));
    expect(ofMappings(before, other)).toEqual({ gone: idsOf(before, MAPPING), come: idsOf(other, MAPPING).filter((id) => !id.includes('IntakeMapping')) });
    const kept = templateOf(source, (parts) => byConstruct(parts).overrideLogicalId(idsOf(before, MAPPING)[0]));
    expect(ofMappings(before, kept)).toEqual({ gone: [], come: [] });
  });
});
