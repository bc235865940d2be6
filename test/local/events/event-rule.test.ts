import { CreateQueueCommand, ReceiveMessageCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { ruleMetric } from '../../../local/cloudwatch/service-metrics';
import { Emulators, startEmulators } from '../../../local/emulators/emulators';
import { EventRule, EventRuleSpec, EventTarget } from '../../../local/events/event-rule';
import { objectCreatedEvent } from '../../../local/events/object-created';
import { FakeAuthorizer } from '../functions/fixture';

let emulators: Emulators;
let sqs: SQSClient;
let queueUrl: string;
let account: Account;
let authorizer: FakeAuthorizer;
let events: unknown[];
let open: EventRule[];

const ruleArn = new Account().arn('events', 'rule/captured');
const functionArn = new Account().arn('lambda', 'function:capture');
const queueArn = new Account().arn('sqs', 'undelivered');
const keyArn = new Account().arn('kms', 'key/1');
const principal = { service: 'events.amazonaws.com', sourceArn: ruleArn };

beforeAll(async () => {
  const { accountId, region } = new Account();
  emulators = await startEmulators({ accountId, region, kinesis: false });
  sqs = new SQSClient({
    region, endpoint: emulators.endpoints.sqs, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' }, requestHandler: new NodeHttpHandler(),
  });
  await sqs.send(new CreateQueueCommand({ QueueName: 'undelivered' }));
  queueUrl = `${emulators.endpoints.sqs}/${accountId}/undelivered`;
});

afterAll(async () => {
  sqs.destroy();
  await emulators.stop();
});

beforeEach(async () => {
  account = new Account();
  authorizer = new FakeAuthorizer();
  events = [];
  open = [];
  account.functions.set(functionArn, {
    functionArn, roleArn: 'arn:aws:iam::123456789012:role/capture', invoke: () => Promise.reject(new Error('EventBridge does not invoke synchronously')),
    invokeAsync: (event) => events.push(event),
  });
  await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
});

afterEach(async () => {
  for (const rule of open) await rule.close();
});

function create(target: Partial<EventTarget> = {}, spec: Partial<EventRuleSpec> = {}, clock = new Clock(10_000)): EventRule {
  const rule = new EventRule({
    ruleArn,
    pattern: { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { object: { key: [{ prefix: 'aws/lambda/' }] } } },
    targets: [{ arn: functionArn, deadLetterArn: queueArn, maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400, ...target }],
    enabled: true,
    ...spec,
  }, { account, authorizer, clock, admin: emulators.endpoints });
  open.push(rule);
  return rule;
}

const created = (key = 'aws/lambda/a') => objectCreatedEvent({ bucket: 'captured', key, size: 5, etag: 'e', reason: 'PutObject' }, account);

async function undelivered() {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
  }));
  return Messages.map(({ Body, MessageAttributes = {} }) => ({
    event: JSON.parse(Body!) as unknown,
    attributes: Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue])),
  }));
}

it('hands what matches to the function, as it is, and nothing else', async () => {
  const rule = create();
  const event = created();
  account.events.put(created('dead-letters/a'));
  account.events.put(event);
  await rule.idle();
  expect(events).toEqual([event]);
  expect(rule.delivered).toBe(1);
  expect(account.events.taken).toBe(1);
  expect(authorizer.asked).toEqual([{ principal, action: 'lambda:InvokeFunction', resource: functionArn }]);
});

it('takes no event when it is disabled, nor after it is closed', async () => {
  create({}, { enabled: false });
  const closed = create();
  await closed.close();
  account.events.put(created());
  expect(account.events.taken).toBe(0);
});

it('fails for a pattern that EventBridge refuses', () => {
  expect(() => create({}, { pattern: { source: 'aws.s3' } })).toThrow('an event pattern must be an object with at least one key at source');
  expect(account.events.taken).toBe(0);
});

describe('what may not be handed over goes to the dead-letter queue at once', () => {
  it('without a permission', async () => {
    authorizer.allow = (action) => action !== 'lambda:InvokeFunction';
    const rule = create();
    const event = created();
    account.events.put(event);
    await rule.idle();
    expect(await undelivered()).toEqual([{
      event,
      attributes: {
        RULE_ARN: ruleArn,
        TARGET_ARN: functionArn,
        ERROR_CODE: 'NO_PERMISSIONS',
        ERROR_MESSAGE: `lambda:InvokeFunction on ${functionArn}`,
        RETRY_ATTEMPTS: '0',
      },
    }]);
    expect([rule.deadLettered, rule.lost]).toEqual([1, []]);
  });

  it('without a function', async () => {
    account.functions.clear();
    const rule = create();
    account.events.put(created());
    await rule.idle();
    expect(await undelivered()).toMatchObject([{ attributes: { ERROR_CODE: 'NO_RESOURCE', ERROR_MESSAGE: `Function not found: ${functionArn}` } }]);
  });
});

describe('what fails is tried again', () => {
  it('until it succeeds', async () => {
    let attempts = 0;
    account.events.use(async (_, next) => {
      if (++attempts < 4) throw new Error('throttled');
      await next();
    });
    const rule = create();
    account.events.put(created());
    await rule.idle();
    expect([attempts, events.length, rule.deadLettered]).toEqual([4, 1, 0]);
  });

  it.each([
    ['attempts', { maximumRetryAttempts: 2 }, { EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '2' }],
    ['time', { maximumEventAgeSeconds: 60 }, { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds', RETRY_ATTEMPTS: expect.stringMatching(/^\d+$/) as string }],
  ])('until there are no more %s', async (_, target, attributes) => {
    account.events.use(() => Promise.reject(new Error('throttled')));
    const rule = create(target);
    account.events.put(created());
    await rule.idle();
    expect(await undelivered()).toMatchObject([{ attributes: { ...attributes, ERROR_CODE: 'ERROR_FROM_TARGET', ERROR_MESSAGE: 'throttled' } }]);
    expect(events).toEqual([]);
  });

  it('or until the rule is closed', async () => {
    account.events.use(() => Promise.reject(new Error('throttled')));
    const rule = create({}, {}, new Clock());
    account.events.put(created());
    await rule.close();
    expect([rule.delivered, rule.deadLettered, rule.lost.length]).toEqual([0, 0, 0]);
  });
});

describe('an event is lost, and counted', () => {
  it('without a dead-letter queue', async () => {
    account.functions.clear();
    const rule = create({ deadLetterArn: undefined });
    const event = created();
    account.events.put(event);
    await rule.idle();
    expect(rule.lost).toEqual([{ event, targetArn: functionArn, error: expect.objectContaining({ message: `Function not found: ${functionArn}` }) as Error }]);
  });

  it.each([
    ['the queue\'s policy', 'sqs:SendMessage', queueArn],
    ['the policy of the queue\'s key', 'kms:GenerateDataKey', keyArn],
  ])('when %s does not let EventBridge in', async (_, refused, resource) => {
    account.functions.clear();
    account.encryption.set(queueArn, keyArn);
    authorizer.allow = (action) => action !== refused;
    const rule = create();
    account.events.put(created());
    await rule.idle();
    expect(rule.lost).toMatchObject([{ targetArn: functionArn, error: { message: `${refused} on ${resource}` } }]);
    expect(account.metrics.of(ruleMetric('InvocationsFailedToBeSentToDlq', ruleArn)).map(({ value }) => value)).toEqual([1]);
    expect(authorizer.asked.at(-1)).toMatchObject({ principal, action: refused, resource });
    expect(await undelivered()).toEqual([]);
  });
});

describe('middleware', () => {
  it('can bring an event twice, and can be taken away', async () => {
    const seen: unknown[] = [];
    const remove = account.events.use(async (delivery, next) => {
      seen.push(delivery);
      await next();
      await next();
    });
    const rule = create();
    const event = created();
    account.events.put(event);
    await rule.idle();
    remove();
    remove();
    account.events.put(event);
    await rule.idle();
    expect(events).toEqual([event, event, event]);
    expect(seen).toEqual([{ event, ruleArn, targetArn: functionArn }]);
  });

  it('that was added last is the outermost', async () => {
    const order: string[] = [];
    for (const name of ['inner', 'outer']) {
      account.events.use(async (_, next) => {
        order.push(name);
        await next();
      });
    }
    const rule = create();
    account.events.put(created());
    await rule.idle();
    expect(order).toEqual(['outer', 'inner']);
  });
});

it('an event of an object has the shape that S3 gives it, and later ones a greater sequencer', () => {
  const [first, second] = [created(), created()];
  expect(first).toEqual({
    'version': '0',
    'id': expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string,
    'detail-type': 'Object Created',
    'source': 'aws.s3',
    'account': '123456789012',
    'time': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    'region': 'us-east-1',
    'resources': ['arn:aws:s3:::captured'],
    'detail': {
      'version': '0',
      'bucket': { name: 'captured' },
      'object': { key: 'aws/lambda/a', size: 5, etag: 'e', sequencer: expect.stringMatching(/^[\dA-F]{18}$/) as string },
      'request-id': expect.stringMatching(/^[\dA-F]{16}$/) as string,
      'requester': '123456789012',
      'source-ip-address': '127.0.0.1',
      'reason': 'PutObject',
    },
  });
  const sequencer = (event: object) => (event as { detail: { object: { sequencer: string } } }).detail.object.sequencer;
  expect(sequencer(second) > sequencer(first)).toBe(true);
});
