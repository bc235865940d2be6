import { isDeepStrictEqual } from 'node:util';
import type { Hydration } from '../../lambda/shared/dead-letter/dead-letter';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { batchOf } from '../../lambda/shared/dead-letter/failure-record';
import { FORMAT_VERSION, MessageAttribute } from '../../src/contract';
import type { CapturedFailure, ProcessorEvent } from './captured-failure';
import type { ReceivedDeadLetter } from './dead-letter-check';
import type { DeadLetterCheck } from './delivery-report';

/** A body of either place: the object is as Lambda wrote it, without a verdict, and with a payload that may be text. */
interface Body extends FailureRecord {
  readonly payload: unknown;
  readonly hydration?: Hydration;
}

const NOTHING: ProcessorEvent = { Records: [] };

/** Dead letters and undeliverables of S3 capture. */
export const captureCheck: DeadLetterCheck = {
  problemsOf: (received, notification) => problemsOf(received, notification as CapturedFailure),
  messagesOf: (event) => [(event as { readonly detail: { readonly object: { readonly key: string } } }).detail.object.key],
};

function problemsOf({ message, deadLetter: letter, overflowBytes }: ReceivedDeadLetter, captured: CapturedFailure): string[] {
  const { key, body, failure, deadLetterId, status, error: expectedError, event = NOTHING } = captured;
  const wrong: string[] = [];
  const check = (what: string, got: unknown, expected: unknown) => {
    if (!isDeepStrictEqual(got, expected)) wrong.push(`${what}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
  };
  const { payload, hydration, ...rest } = letter as Body;
  check('failure record', rest, failure);
  const expected = { status, expectedRecords: batchOf(failure!).batchSize, recoveredRecords: event.Records.length, deadLetterId };
  const attribute = (name: string) => message.MessageAttributes?.[name]?.StringValue;
  check('attributes', {
    status: attribute(MessageAttribute.STATUS),
    expectedRecords: Number(attribute(MessageAttribute.EXPECTED_RECORDS)),
    recoveredRecords: Number(attribute(MessageAttribute.RECOVERED_RECORDS)),
    deadLetterId: attribute(MessageAttribute.DEAD_LETTER_ID),
  }, expected);

  if (overflowBytes === undefined) {
    check('payload', payload, event);
    const { error, ...verdict } = hydration!;
    check('hydration', verdict, { formatVersion: FORMAT_VERSION, ...expected });
    check('error', error?.name, expectedError);
  } else {
    const [, { s3Key }] = JSON.parse(message.Body!) as [string, { s3Key: string }];
    check('key of the pointer', s3Key, key);
    check('object', JSON.stringify(letter), body);
  }
  return wrong;
}
