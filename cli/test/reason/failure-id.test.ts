import { failureId } from '../../reason/failure-id';

const FAILURE = { deadLetterId: 'a', functionArn: 'arn', condition: 'RetryAttemptsExhausted', requestId: 'r', failedAt: new Date(0) };

it('is the same for every message of one failure', () => {
  expect(failureId({ ...FAILURE, condition: 'other' })).toBe(failureId(FAILURE));
});

it.each<[string, Partial<typeof FAILURE>]>([
  ['dead letter', { deadLetterId: 'b' }], ['function', { functionArn: 'other' }], ['request', { requestId: 's' }], ['time', { failedAt: new Date(1) }],
])('is another one for another %s, whatever the message calls itself', (_, other) => {
  expect(failureId({ ...FAILURE, ...other })).not.toBe(failureId(FAILURE));
});
