import {
  answerLost, frozen, killedAfter, killedBefore, resetBefore, resetMidBody, s3, serverError, slowAnswer, slowBody, sqs, truncatedJson,
} from '../../test/faults/fault';
import type { FaultRates } from '../../test/faults/fault-plan';

/** Rates at which most invocations meet something, far above what AWS would ever show. */
export const CAPTURE_FAULT_RATES: FaultRates = {
  requests: {
    GetObject: [
      [0.06, s3.slowDown], [0.05, serverError], [0.05, resetBefore], [0.06, resetMidBody], [0.04, slowAnswer(300)], [0.05, slowBody(500)],
      [0.03, killedBefore], [0.02, killedAfter], [0.001, frozen],
    ],
    SendMessage: [
      [0.06, sqs.throttled], [0.05, serverError], [0.04, resetBefore], [0.03, answerLost], [0.03, resetMidBody], [0.02, truncatedJson],
      [0.03, slowBody(300)], [0.02, killedBefore], [0.02, killedAfter],
    ],
  },
  outages: {
    // An object that is slow to appear, for as long as the function waits and longer, and a permission that is.
    GetObject: [[0.12, 7, s3.noSuchKey], [0.04, 7, s3.accessDenied]],
    // Three attempts, and then Lambda gives the event to the undeliverable queue.
    SendMessage: [[0.05, 3, sqs.accessDenied]],
  },
};
