import { capturedDeadLetter } from '../../../../lambda/shared/dead-letter/captured-dead-letter';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { FailureRecord, parseFailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import { messageText } from '../../../../lambda/shared/dead-letter/sqs-message';
import { eventParts } from '../../../../lambda/shared/redrive/event-parts';
import { remainderOf } from '../../../../lambda/shared/redrive/remainder';
import { functionEvent, LOCATION } from '../../../support/captured';
import { failureRecord } from '../../../support/records';

/** The oldest Node.js that users are supported on can, the oldest that the checkout runs on cannot. */
const exactly = 'rawJSON' in JSON ? test : test.skip;

const STATE = '{"total":9007199254740993,"ids":[12345678901234567890,-9007199254740993],"share":0.12345678901234567890,"half":0.5,"__proto__":{"x":1}}';

/** What a processor is given of a failed batch of a tumbling window, once Lambda has written it, with its payload as text or as JSON. */
function eventOf(payload: string): { readonly whole: string; readonly rest: string } {
  const failure = JSON.stringify({ ...failureRecord(), payload: 0 }).replace('"payload":0', `"payload":${payload}`);
  const captured = messageText(capturedDeadLetter(parseFailureRecord(failure), LOCATION));
  const deadLetter = parseDeadLetter(captured, 'the message');
  const reason = { name: 'BatchItemFailures', message: 'no' };
  const rest = messageText(remainderOf(deadLetter, { remaining: deadLetter.event.Records.slice(1), reason, allFailed: true }, new Date(), 'orders'));
  const textOf = (text: string) => eventParts(parseDeadLetter(text, 'the message').event)[0].json;
  return { whole: textOf(captured), rest: textOf(rest) };
}

exactly.each(['JSON', 'text'])('numbers of a window that JavaScript would round come to the processor as they left it: %s', (form) => {
  const event = JSON.stringify({ ...functionEvent(), state: 0 }).replace('"state":0', `"state":${STATE}`);
  const { whole, rest } = eventOf(form === 'text' ? JSON.stringify(event) : event);
  expect(JSON.parse(whole)).toEqual(JSON.parse(event));
  for (const text of [whole, rest]) expect(text).toContain(`"state":${STATE}`);
});

exactly('what is nested too deep for that is refused as ever', () => {
  const deep = `${'['.repeat(100_000)}12345678901234567890${' '}${']'.repeat(100_000)}`;
  const { hydration } = capturedDeadLetter({ ...failureRecord(), payload: `{"Records":[${deep}]}` } as FailureRecord, LOCATION);
  expect(hydration).toMatchObject({ status: 'UNREADABLE', error: { name: 'NoPayload' } });
});
