import { Recorder } from './recorder';

let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder();
});
afterEach(() => recorder.close());

const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:fn';
const queueArn = 'arn:aws:sqs:us-east-1:123456789012:queue';
const EventPattern = { source: ['aws.s3'] };
const rule = (properties: object = {}) => ({
  Type: 'AWS::Events::Rule', Properties: { EventPattern, Targets: [{ Id: 'Target0', Arn: functionArn }], ...properties },
});

test('a rule is created with EventBridge\'s defaults, and closed', async () => {
  const stack = await recorder.deploy({ Resources: { Rule: rule() } });
  const ruleArn = 'arn:aws:events:us-east-1:123456789012:rule/Stack-Rule-AAAAAAAAAAAA';
  expect(stack.resources.get('Rule')).toMatchObject({ physicalId: 'Stack-Rule-AAAAAAAAAAAA', attributes: { Arn: ruleArn } });
  expect([...stack.rules.keys()]).toEqual(['Rule']);
  expect(recorder.calls).toEqual([['create rule', {
    ruleArn, pattern: EventPattern, enabled: true,
    targets: [{ arn: functionArn, deadLetterArn: undefined, maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400 }],
  }]]);
  await stack.delete();
  expect(recorder.log).toEqual(['create rule', 'close rule']);
});

test('a rule has the properties that the template gives', async () => {
  await recorder.deploy({
    Resources: {
      Rule: rule({
        Name: 'captured', EventBusName: 'default', State: 'DISABLED', Description: 'x',
        Targets: [{
          Id: 'Target0', Arn: functionArn, DeadLetterConfig: { Arn: queueArn }, RetryPolicy: { MaximumRetryAttempts: '0', MaximumEventAgeInSeconds: 60 },
        }],
      }),
    },
  });
  expect(recorder.calls[0][1]).toEqual({
    ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/captured', pattern: EventPattern, enabled: false,
    targets: [{ arn: functionArn, deadLetterArn: queueArn, maximumRetryAttempts: 0, maximumEventAgeSeconds: 60 }],
  });
});

const withTarget = (properties: object) => ({ Targets: [{ Id: 'Target0', Arn: functionArn, ...properties }] });

test.each<[string, object, string]>([
  ['no pattern', { EventPattern: { Ref: 'AWS::NoValue' } }, 'property EventPattern is required'],
  ['another bus', { EventBusName: 'mine' }, 'property EventBusName must be default: there is no other bus here, got: mine'],
  ['another state', { State: 'OFF' }, 'property State must be ENABLED or DISABLED, got: OFF'],
  ['a schedule', { ScheduleExpression: 'rate(1 day)' }, 'property ScheduleExpression is not emulated'],
  ['a target without an id', { Targets: [{ Arn: functionArn }] }, 'property Targets needs Id and Arn in each of its items'],
  ['a target that is no function', { Targets: [{ Id: 'Q', Arn: queueArn }] }, `property Targets must name functions here, got: ${queueArn}`],
  ['an input', withTarget({ Input: '{}' }), 'property Targets[0].Input is not emulated: a target gets the event as it is'],
  ['too many retries', withTarget({ RetryPolicy: { MaximumRetryAttempts: 186 } }), 'MaximumRetryAttempts must be a whole number from 0 to 185, got: 186'],
  ['too short an age', withTarget({ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }), 'must be a whole number from 60 to 86400, got: 59'],
  [
    'a FIFO dead-letter queue', withTarget({ DeadLetterConfig: { Arn: `${queueArn}.fifo` } }),
    `property DeadLetterConfig.Arn must be that of a standard SQS queue, got: ${queueArn}.fifo`,
  ],
  ['a topic for dead letters', withTarget({ DeadLetterConfig: { Arn: 'arn:aws:sns:us-east-1:123456789012:t' } }), 'must be that of a standard SQS queue'],
])('fails with %s', async (_, properties, message) => {
  await expect(recorder.deploy({ Resources: { Rule: rule(properties) } })).rejects.toThrow(message);
  expect(recorder.log).toEqual([]);
});
