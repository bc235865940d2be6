import { failureRecord } from '../../test/support/records';
import { operatorCommand } from '../command-line';
import { logCommand } from '../commands/show/log-command';

const LOG = { group: '/aws/lambda/orders', namesRequest: true };

describe('a command to be copied', () => {
  test('is for the queue, the account and the region that were given', () => {
    const options = { json: true, stack: 'Orders', region: 'eu-west-1', profile: "o'neill prod", endpointUrl: 'http://localhost:4566' };
    expect(operatorCommand('redrive 3f2a', options)).toBe(
      'npx stream-dlq redrive 3f2a --stack Orders --region eu-west-1 --profile \'o\'\\\'\'neill prod\' --endpoint-url http://localhost:4566',
    );
    expect(operatorCommand('rehydrate 3f2a', { queue: 'arn:aws:sqs:eu-west-1:123456789012:orders-dlq' }, 'parked messages')).toBe(
      'npx stream-dlq rehydrate 3f2a --parked --queue arn:aws:sqs:eu-west-1:123456789012:orders-dlq',
    );
    expect(operatorCommand('show 3f2a', { queue: '$(rm x)' }, 'undeliverables')).toBe(
      'npx stream-dlq show 3f2a --undeliverables --queue \'$(rm x)\'',
    );
  });

  test('looks at the log of the processor, with the profile that was given', () => {
    expect(logCommand(failureRecord(), { json: false, profile: 'prod' }, LOG)).toContain('--region us-east-1 --profile prod --start-time 1795');
  });

  const { requestContext } = failureRecord();
  test.each([
    ['the processor was not invoked', { responseContext: undefined }],
    ['a request id is none', { requestContext: { ...requestContext, requestId: 'x"\' ; rm' } }],
    ['a function is none', { requestContext: { ...requestContext, functionArn: 'orders' } }],
    ['a name is none', { requestContext: { ...requestContext, functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:$(rm)' } }],
    ['a region is none', { requestContext: { ...requestContext, functionArn: 'arn:aws:lambda:`rm`:123456789012:function:orders' } }],
  ])('is none for a log where %s', (_why, fields) => expect(logCommand(failureRecord({}, fields), { json: false }, LOG)).toBeUndefined());
});
