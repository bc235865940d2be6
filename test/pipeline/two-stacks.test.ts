import * as cdk from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { KinesisStreamProcessor } from '../../src';
import { Pipeline, processorProps, recordsOf } from './pipeline';

const STRENGTH = '@aws-cdk/core:defaultCrossStackReferences';

/** Older versions of the CDK have references that are strong, and no others. */
const STRENGTHS = 'ReferenceStrength' in cdk ? ['strong', 'both', 'weak'] : ['strong'];

describe('a stream in one stack, and what processes it in another', () => {
  let pipeline: Pipeline | undefined;

  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });

  it.each(STRENGTHS)('have what failed in the dead-letter queue, with references that are %s', async (strength) => {
    const templates = new Map<string, string>();
    pipeline = await Pipeline.start({
      define: (app) => {
        app.node.setContext(STRENGTH, strength);
        const stream = new kinesis.Stream(new cdk.Stack(app, 'Test'), 'Stream');
        return [new KinesisStreamProcessor(new cdk.Stack(app, 'Processing'), 'Orders', { stream, processorProps: processorProps(), retryAttempts: 0 })];
      },
      edit: (template, stackName) => {
        templates.set(stackName, JSON.stringify(template));
      },
    });
    const [bad] = await pipeline.publish([{ key: 'a', data: 'throw' }, { key: 'a', data: 'good' }]);
    await pipeline.settle();

    expect([...templates.keys()]).toEqual(['Test', 'Processing']);
    expect(templates.get('Processing')).toContain(strength === 'strong' ? '"Fn::ImportValue"' : '"Fn::GetStackOutput"');
    const letters = await pipeline.deadLetters();
    expect(letters.flatMap(recordsOf).map(({ kinesis: { sequenceNumber } }) => sequenceNumber)).toEqual([bad.sequenceNumber]);
    expect(letters[0].hydration.status).toBe('COMPLETE');
    expect(pipeline.cloud.account.denials).toEqual([]);
  });
});
