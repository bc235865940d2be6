import {
  answerLost, frozen, killedAfter, killedBefore, resetBefore, resetMidBody, s3, serverError, slowAnswer, slowBody, sqs, truncatedJson,
} from '../../test/faults/fault';
import {
  accessDenied, emptyPage, expiredIterator, keyDisabled, keyGone, keyThrottled, refusedStart, shortPage, streamGone, streamRecreated,
  throttled, wrongShard,
} from '../../test/faults/kinesis-faults';
import type { Odds } from '../../test/faults/plan';

/** Rates at which most invocations meet something, far above what AWS would ever show. */
export const ODDS: Odds = {
  requests: {
    GetShardIterator: [
      [0.06, throttled], [0.03, keyThrottled], [0.04, serverError], [0.03, resetBefore], [0.02, resetMidBody], [0.02, truncatedJson],
      [0.02, slowAnswer(300)], [0.04, refusedStart], [0.02, wrongShard], [0.005, streamRecreated], [0.005, streamGone],
      [0.005, killedBefore],
    ],
    GetRecords: [
      [0.06, throttled], [0.03, keyThrottled], [0.04, serverError], [0.03, resetBefore], [0.04, resetMidBody], [0.03, truncatedJson],
      [0.03, slowBody(500)], [0.07, emptyPage], [0.06, shortPage(1)], [0.06, shortPage(7)], [0.05, expiredIterator],
      [0.005, accessDenied], [0.004, keyDisabled], [0.003, keyGone], [0.01, killedBefore], [0.001, frozen],
    ],
    SendMessage: [
      [0.05, sqs.throttled], [0.04, serverError], [0.03, resetBefore], [0.02, answerLost], [0.02, resetMidBody], [0.01, truncatedJson],
      [0.02, slowBody(300)], [0.01, killedBefore], [0.005, killedAfter],
    ],
    PutObject: [
      [0.1, s3.slowDown], [0.05, serverError], [0.05, resetBefore], [0.08, answerLost], [0.03, killedAfter],
    ],
  },
  spells: {
    // Three attempts, and then Lambda gives the event to the undeliverable queue.
    SendMessage: [[0.05, 3, sqs.accessDenied]],
    PutObject: [[0.1, 3, s3.accessDenied]],
  },
};
