import { OperatorActions } from '../../src/contract';
import { commandForQueue, operatorCommand } from '../command-line';
import type { GlobalOptions } from '../context';
import type { Call } from './call';
import { RescueActions } from './rescue-actions';

const { READ, LOGS, REDRIVE, TO_STREAM, NATIVE, REMOTE } = OperatorActions;

const FOR_READ = 'policy --read';
const FOR_LOGS = 'policy --read --logs';
const FOR_REDRIVE = 'policy --redrive';
const FOR_STREAM = 'policy --redrive --to-stream';
const FOR_REMOTE = 'policy --redrive --remote';
const FOR_RESCUE = 'policy --rescue';

/** What prints a policy with an action, the narrowest first. */
const COMMANDS: readonly (readonly [Readonly<Record<string, readonly string[]>>, string])[] = [
  [READ, FOR_READ],
  [{ READ: NATIVE.READ }, FOR_READ],
  [{ LOG_GROUP: LOGS.LOG_GROUP }, FOR_LOGS],
  [REDRIVE, FOR_REDRIVE],
  [NATIVE, FOR_REDRIVE],
  [TO_STREAM, FOR_STREAM],
  [REMOTE, FOR_REMOTE],
  // What no other command needs.
  [RescueActions, FOR_RESCUE],
];

interface Hinted extends Partial<GlobalOptions> {
  /** Prints the policy of a command that has one of its own. */
  readonly policyCommand?: string;
}

/** What to do about a permission that is missing: the command that prints the policy with it, if one does. */
export function policyHint(action: string | undefined, call: Call | undefined, given: Hinted): string {
  if (given.policyCommand !== undefined) return hint(given.policyCommand);
  const command = commandFor(action, call);
  if (command === undefined) return 'the `--help` of the command says what it needs';
  const isOfProcessor = command === FOR_LOGS || (command === FOR_REDRIVE && hasAction(REDRIVE.PROCESSOR, action ?? ''));
  // As with a file of dead letters: no queue is needed.
  if (isOfProcessor && given.queue === undefined && given.stack === undefined) return hint(operatorCommand(`${command} --processor ARN`, given));
  const more = isOfProcessor && command === FOR_REDRIVE ? '; add `--processor ARN` for a function that no mapping names any more' : '';
  return `${hint(commandForQueue(command, given))}${more}`;
}

function hint(command: string): string {
  return `\`${command}\`, run by an administrator, prints the policy that allows it`;
}

function commandFor(action: string | undefined, call: Call | undefined): string | undefined {
  if (action === undefined) return FOR_READ;
  // The key of a stream is none of a queue.
  if (call?.service === 'Kinesis' && action.startsWith('kms:')) return FOR_STREAM;
  return COMMANDS.find(([actions]) => hasAction(Object.values(actions).flat(), action))?.[1];
}

/** SQS writes its actions in small letters. */
function hasAction(actions: readonly string[], action: string): boolean {
  return actions.some((known) => known.toLowerCase() === action.toLowerCase());
}
