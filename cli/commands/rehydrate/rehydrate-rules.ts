import type { Reason } from '../../../lambda/shared/redrive/target';
import { FunctionRole, HydrationStatus, isWhole } from '../../../src/contract';
import type { QueuedDeadLetter } from '../../dead-letters/queue-reader';
import { NEWER_FORMAT } from '../../messages/message-summary';
import { type CaptureEvent, eventOfUndeliverable, NOT_AN_EVENT } from './capture-event';
import { type CaptureFunctions, isReason } from './capture-functions';

/** The function that is to try a message again, or why none is. */
export type RehydrateDecision =
  | { readonly to: string; readonly reason?: undefined; /** Absent of a dead letter: that is read first. */ readonly event?: CaptureEvent }
  | { readonly to?: undefined; readonly reason: Reason };

/** Undeliverables are all worth a try; of dead letters, those that lack something. */
export function rehydrateDecision(
  { summary, defect, message, messageId }: QueuedDeadLetter,
  functions: Pick<CaptureFunctions, 'arnOf'>,
  { undeliverables, include }: { readonly undeliverables: boolean; readonly include: readonly HydrationStatus[] },
): RehydrateDecision {
  if (!summary) {
    if (defect && (!undeliverables || defect.name === NEWER_FORMAT)) return { reason: defect };
    const event = eventOfUndeliverable(message.Body ?? '', messageId);
    return isReason(event) ? { reason: event } : givenTo(event.role, functions, event);
  }
  if (defect) return { reason: defect };
  const { status } = summary;
  if (isWhole(status)) return { reason: { name: status, message: 'every failed record is there' } };
  if (status === HydrationStatus.EXPIRED && !include.includes(status)) {
    return { reason: { name: status, message: 'all records had left the stream, and do not come back; --include EXPIRED tries it all the same' } };
  }
  // Of one that Lambda wrote, too: its object is what it was, so that another look at it finds no more. The stream may have what it lacks.
  return givenTo(FunctionRole.HYDRATE, functions);
}

/** Whether some are left that are not whole, and cannot be tried: who leaves them is not done. */
export function cannotTry(left: readonly { readonly reason?: Reason }[]): boolean {
  return left.some(({ reason }) => reason && [NO_FUNCTION, NOT_AN_EVENT, NEWER_FORMAT].includes(reason.name));
}

const NO_FUNCTION = 'NoFunction';

/** What to do where a stack has no function of a role: both captures can be there at once. */
const WAY_OUT: Record<CaptureEvent['role'], string> = {
  hydrate: 'deploy the stack with keepCapture: FailureCapture.hydrate(), then rehydrate, while the stream has the records',
  capture: 'deploy the stack with keepCapture: FailureCapture.s3(), then rehydrate, while the object is in its bucket',
};

function givenTo(role: CaptureEvent['role'], functions: Pick<CaptureFunctions, 'arnOf'>, event?: CaptureEvent): RehydrateDecision {
  const to = functions.arnOf(role);
  if (to !== undefined) return { to, event };
  return { reason: { name: NO_FUNCTION, message: `it takes the ${role} function, and none of this queue was found: ${WAY_OUT[role]}` } };
}
