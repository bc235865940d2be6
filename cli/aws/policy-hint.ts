import { OperatorActions } from '../../src/contract';
import type { Call } from './call';

const { READ, REDRIVE, TO_STREAM, REMOTE } = OperatorActions;

const FOR_READ = '`stream-dlq policy --read` or `--redrive` prints what an operator needs';
const FOR_REDRIVE = '`stream-dlq policy --redrive` prints what an operator needs';
const FOR_STREAM = '`stream-dlq policy --redrive --to-stream` prints what that needs';
const FOR_REMOTE = '`stream-dlq policy --redrive --remote` prints what that needs';
const FOR_FUNCTION = `${FOR_REDRIVE}, with \`--processor ARN\` for a function or version that no mapping names any more`;

/** What prints a policy with an action, the narrowest first. */
const HINTS: readonly (readonly [Readonly<Record<string, readonly string[]>>, string])[] = [
  [READ, FOR_READ],
  [{ FUNCTION: REDRIVE.FUNCTION, PROCESSOR: REDRIVE.PROCESSOR }, FOR_FUNCTION],
  [REDRIVE, FOR_REDRIVE],
  [TO_STREAM, FOR_STREAM],
  [REMOTE, FOR_REMOTE],
];

/** What to do about a permission that is missing: the command that prints it, if one does. */
export function policyHint(action: string | undefined, call: Call | undefined): string {
  if (action === undefined) return FOR_READ;
  // The key of a stream is none of a queue.
  if (call?.service === 'Kinesis' && action.startsWith('kms:')) return FOR_STREAM;
  // SQS writes its actions in small letters.
  const isIt = (known: string) => known.toLowerCase() === action.toLowerCase();
  return HINTS.find(([actions]) => Object.values(actions).flat().some(isIt))?.[1] ?? 'the `--help` of the command says what it needs';
}
