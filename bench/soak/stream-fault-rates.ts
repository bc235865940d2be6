import {
  answerLost, frozen, killedAfter, killedBefore, resetBefore, resetMidBody, s3, serverError, shortPage, slowAnswer, slowBody, sqs,
  truncatedJson,
} from '../../test/faults/fault';
import type { FaultRates } from '../../test/faults/fault-plan';

type Chances = FaultRates['requests'][string];

/** What a kind of stream has of its own. */
export interface StreamFaultRates {
  readonly GetShardIterator: Chances;
  readonly GetRecords: Chances;
}

/** Rates at which most invocations meet something, far above what AWS would ever show. */
export const streamFaultRates = (stream: StreamFaultRates): FaultRates => ({
  requests: {
    GetShardIterator: [
      [0.04, serverError], [0.03, resetBefore], [0.02, resetMidBody], [0.02, truncatedJson], [0.02, slowAnswer(300)], [0.005, killedBefore],
      ...stream.GetShardIterator,
    ],
    GetRecords: [
      [0.04, serverError], [0.03, resetBefore], [0.04, resetMidBody], [0.03, truncatedJson], [0.03, slowBody(500)],
      [0.06, shortPage(1)], [0.06, shortPage(7)], [0.01, killedBefore], [0.001, frozen],
      ...stream.GetRecords,
    ],
    SendMessage: [
      [0.05, sqs.throttled], [0.04, serverError], [0.03, resetBefore], [0.02, answerLost], [0.02, resetMidBody], [0.01, truncatedJson],
      [0.02, slowBody(300)], [0.01, killedBefore], [0.005, killedAfter],
    ],
    PutObject: [
      [0.1, s3.slowDown], [0.05, serverError], [0.05, resetBefore], [0.08, answerLost], [0.03, killedAfter],
    ],
  },
  outages: {
    // Six receives, and then SQS moves the failure record to the undeliverable queue.
    SendMessage: [[0.05, 6, sqs.accessDenied]],
    PutObject: [[0.1, 6, s3.accessDenied]],
  },
});
