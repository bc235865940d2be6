import { isFunctionUnavailable } from '../../../lambda/shared/redrive/invoke-error';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { isDenied, isKmsKeyError } from '../../aws/aws-error';
import { count } from '../../output/text';

/** The most names in a message: a queue may serve many functions. */
const MOST_NAMES = 5;

/** What AWS says of a name that it was given, beside permissions that are missing. */
const OF_THE_NAME = new Set(['ResourceNotFoundException', 'ValidationException', 'InvalidParameterValueException']);

/** Functions or streams that a run has found to take nothing at all: a version that is gone, one that may not be invoked. Others may. */
export class UnavailableTargets {
  private readonly reasons = new Map<string, Reason>();
  private readonly known: Set<string>;

  constructor(
    /** Those that dead letters go to, as far as is known before. */
    planned: readonly string[],
    private readonly toStream: boolean,
    /** A command for the queue that is worked on, to be copied. */
    private readonly commandOf: (command: string) => string,
  ) {
    this.known = new Set(planned);
  }

  /** Why it is not to be tried, if it is not. */
  reasonFor(to: string): Reason | undefined {
    this.known.add(to);
    return this.reasons.get(to);
  }

  /** Whether an error that sending to one ended with says nothing of the others. */
  isCauseToClose(error: unknown): boolean {
    return isDenied(error) || OF_THE_NAME.has((error as Error).name) || isFunctionUnavailable(error) || isKmsKeyError(error);
  }

  /** Whether it was open until now. */
  close(to: string, error: Error): boolean {
    const isNew = !this.reasons.has(to);
    if (isNew) this.reasons.set(to, this.reasonOf(to, error));
    return isNew;
  }

  /** Where none is open any more, that this is the end. */
  get end(): string | undefined {
    const names = [...this.known];
    if (!names.every((to) => this.reasons.has(to))) return undefined;
    const others = names.length > MOST_NAMES ? ` and ${count(names.length - MOST_NAMES, 'other')}` : '';
    const what = this.toStream ? 'stream that the dead letters go to takes records' : 'function that the dead letters go to can be invoked';
    return `nothing more was tried, for no ${what}: ${names.slice(0, MOST_NAMES).join(', ')}${others}`;
  }

  private reasonOf(to: string, error: Error): Reason {
    const { name, message } = error;
    const permission = this.toStream ? '--to-stream' : `--processor ${to.startsWith('arn:') ? to : 'ARN'}`;
    const cures = [
      ...(isDenied(error) ? [`\`${this.commandOf(`policy --redrive ${permission}`)}\` prints the policy that allows it`] : []),
      this.toStream ? 'without --to-stream it goes to the processor' : '--function NAME sends it to another',
    ];
    return { name, message: `${to} ${this.toStream ? 'takes no records' : 'cannot be invoked'}: ${message}; ${cures.join(', ')}` };
  }
}
