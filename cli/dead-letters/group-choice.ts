import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { CliError } from '../cli-error';
import { count } from '../output/text';
import { failedBatchOf } from '../reason/failed-batch';
import type { ReasonResult, Reasons } from '../reason/failure-reason';
import type { LogReasons } from '../reason/log-reasons';
import type { FailedMessage, MessageReasons } from '../reason/message-reasons';

const SHORTEST = 4;
/** Long enough to name one group of any number. */
const CERTAIN_LENGTH = 8;

/** The group of failures that --group names: dead letters with the same reason. */
export class GroupChoice {
  /** @throws CliError */
  static parse(text: string): GroupChoice {
    if (text.length >= SHORTEST && /^[\da-f]+$/i.test(text)) return new GroupChoice(text.toLowerCase());
    throw new CliError(`--group must be the id of a group, or at least its first ${SHORTEST} characters, got: "${text}". "ls --by error" lists them.`);
  }

  private meant?: string;
  private readonly without = new Map<string, { times: number; readonly message: string }>();

  private constructor(
    /** The id, or its beginning. */
    readonly text: string,
    private readonly reasons?: Reasons,
    private readonly messages?: Pick<MessageReasons, 'reasonOf'>,
  ) {}

  async lookingUp(context: ConstructorParameters<typeof LogReasons>[0]): Promise<GroupChoice> {
    const [{ LogReasons: OfBatches }, { MessageReasons: OfMessages }] = await Promise.all([import('../reason/log-reasons.js'), import('../reason/message-reasons.js')]);
    return new GroupChoice(this.text, new OfBatches(context, { logs: true }), new OfMessages(context, { logs: true }));
  }

  /** Whether a dead letter failed for the reason of the group. @throws CliError where the text names two groups */
  async has({ failure, deadLetterId }: Pick<ReceivedDeadLetter, 'failure' | 'deadLetterId'>): Promise<boolean> {
    const batch = failedBatchOf(failure, deadLetterId);
    return batch !== undefined && this.isMeant(await this.reasons!.reasonOf(batch));
  }

  /** The same of a native dead letter. @throws CliError where the text names two groups */
  async hasMessage(message: FailedMessage): Promise<boolean> {
    return this.isMeant(await this.messages!.reasonOf(message));
  }

  private isMeant({ reason, notFound }: ReasonResult): boolean {
    if (notFound) {
      const { name, message } = notFound;
      this.without.set(name, { times: (this.without.get(name)?.times ?? 0) + 1, message });
      return false;
    }
    const { fingerprint } = reason;
    if (!fingerprint.startsWith(this.text)) return false;
    if (this.meant !== undefined && this.meant !== fingerprint) {
      throw new CliError(`"${this.text}" must name one group, got: ${this.meant} and ${fingerprint}. Give more of its characters.`);
    }
    this.meant = fingerprint;
    return true;
  }

  /** @throws CliError where the text is so short that it may name other groups, which were not looked at */
  resolved(isAll: boolean): GroupChoice {
    if (!isAll && this.text.length < CERTAIN_LENGTH) {
      throw new CliError(
        `--group ${this.text} must have at least ${CERTAIN_LENGTH} characters, since not all messages could be looked at and other groups may begin with it as well.` +
          (this.meant === undefined ? '' : ` The one that was found is ${this.meant}.`),
      );
    }
    // What was found stays known: the run means what the look showed.
    return new GroupChoice(this.meant ?? this.text, this.reasons, this.messages);
  }

  get notes(): readonly string[] {
    return [...this.without].map(([name, { times, message }]) => `${count(times, 'dead letter')} without a known reason, and so in no group: ${name}: ${message}`);
  }
}
