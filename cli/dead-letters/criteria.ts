import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { UndeliverableError } from '../../lambda/shared/dead-letter/undeliverable-error';
import type { Reason } from '../../lambda/shared/redrive/target';
import { isFatal } from '../aws/aws-error';
import { CliError } from '../cli-error';
import type { Context } from '../context';
import { Filter, type FilteredMessage, NATIVE_MESSAGES } from '../messages/filter';
import type { NativeMessage } from '../native/native-message';
import { count, shortId } from '../output/text';
import type { RecordQuery } from '../query/record-query';
import type { ChosenQueue } from '../queue/chosen-queue';
import { GroupChoice } from './group-choice';
import { checkedInOrder, type Checked, Gate } from './in-order';

/** What a command chooses messages by, beside their ids. */
export interface ChooseOptions {
  readonly filter: readonly string[];
  /** A JMESPath expression on records. */
  readonly where?: string;
  /** Id of a group of failures, or its beginning. */
  readonly group?: string;
}

/** A message that may be chosen. */
export interface Candidate extends FilteredMessage {
  readonly defect?: Reason;
  readonly native?: NativeMessage;
  /** @throws UndeliverableError where its body is nothing that can be sent */
  read(signal: AbortSignal): Promise<ReceivedDeadLetter>;
  /** Of a native dead letter, what `--where` is evaluated on in place of records. @throws UndeliverableError */
  document?(signal: AbortSignal): Promise<object>;
}

/** What choosing takes. */
export type ChooseContext = Pick<Context, 'clients' | 'output' | 'options' | 'stopped' | 'aborted'>;

/** Bodies that are read at a time: those in S3 take a request each. */
const READ_AT_A_TIME = 4;
/** Messages whose reasons are looked up at a time: the finder reads the logs of several in one call. */
const LOOKED_UP_AT_A_TIME = 50;

/** What messages must match: --filter, --where and --group, all of them. */
export class Criteria {
  /** @throws CliError */
  static async parse(context: ChooseContext, { filter, where, group }: ChooseOptions): Promise<Criteria> {
    // Loaded where it is needed: most commands go without.
    const query = where === undefined ? undefined : (await import('../query/record-query.js')).RecordQuery.parse(where);
    const choice = group === undefined ? undefined : GroupChoice.parse(group);
    return new Criteria(Filter.parse(filter), query, choice && (await choice.lookingUp(context)), context.aborted);
  }

  static readonly none = new Criteria(Filter.parse([]));

  private readonly gate = new Gate(READ_AT_A_TIME);
  private readonly unread = new Map<string, { times: number; readonly example: string }>();
  private underWay = 0;

  private constructor(
    private readonly filter: Filter,
    private readonly query?: RecordQuery,
    private readonly group?: GroupChoice,
    private readonly aborted = new AbortController().signal,
  ) {}

  get isEmpty(): boolean {
    return this.filter.isEmpty && !this.readsBodies;
  }

  /** Whether it takes more than the attributes of a message. */
  get readsBodies(): boolean {
    return this.query !== undefined || this.group !== undefined;
  }

  /** Whether messages are chosen by what their attributes say of a dead letter. */
  get readsAttributes(): boolean {
    return this.filter.deadLetterKeys.length > 0;
  }

  /** Whether messages are being checked: on a FIFO queue others of their group come only after them. */
  get isBusy(): boolean {
    return this.underWay > 0;
  }

  get hasExpression(): boolean {
    return this.query !== undefined;
  }

  get isByGroup(): boolean {
    return this.group !== undefined;
  }

  /** For plans, in the user's words. */
  get texts(): readonly string[] {
    return [
      ...(this.filter.isEmpty ? [] : [this.filter.text]),
      ...(this.query ? [`--where ${this.query.text}`] : []),
      ...(this.group ? [`--group ${this.group.text}`] : []),
    ];
  }

  /** The same as on a command line. */
  get options(): string {
    return this.texts.map((text) => (text.startsWith('--') ? text : `--filter ${text}`)).join(' ');
  }

  /** For `--json`, as they were given. */
  get document(): object {
    return {
      ...(!this.filter.isEmpty && { filter: this.filter.text }),
      ...(this.query && { where: this.query.text }),
      ...(this.group && { group: this.group.text }),
    };
  }

  /** Dead letters that could not be searched, because they could not be read: whether they match is not known. */
  get unreadCount(): number {
    return [...this.unread.values()].reduce((sum, { times }) => sum + times, 0);
  }

  /** What there is to say of the messages that were checked. */
  get notes(): readonly string[] {
    return [
      ...(this.query?.note === undefined ? [] : [this.query.note]),
      ...[...this.unread].map(([reason, { times, example }]) => `${count(times, 'dead letter')} could not be searched (as ${shortId(example)}): ${reason}`),
      ...(this.group?.notes ?? []),
    ];
  }

  /** @throws CliError where it names what the messages of a queue do not have */
  refuseFor({ content, native }: Pick<ChosenQueue, 'content' | 'native'>): void {
    this.filter.refuseFor(native ? NATIVE_MESSAGES : content);
    if (content !== 'undeliverables' || !this.readsBodies) return;
    throw new CliError(`${this.query ? '--where' : '--group'} is for dead letters: ${content} have no records, and can be chosen by --filter id, since, until.`);
  }

  /** The same for a run that follows a look. @throws CliError where the beginning of a group id may name others as well */
  resolved(isAll: boolean): Criteria {
    return new Criteria(this.filter, this.query?.again(), this.group?.resolved(isAll), this.aborted);
  }

  /**
   * Gives each of some messages, in their order, with whether it matches.
   * @param isAsked what is known without its body: others do not match
   * @throws CliError where the beginning of a group id names two groups
   */
  async *choose<Item>(
    items: AsyncIterable<Item>, candidateOf: (item: Item) => Candidate, isAsked: (candidate: Candidate) => boolean = () => true,
  ): AsyncGenerator<Checked<Item, boolean>, void, void> {
    const check = async (item: Item): Promise<boolean> => {
      const candidate = candidateOf(item);
      return this.filter.matches(candidate) && isAsked(candidate) && (!this.readsBodies || (await this.matches(candidate)));
    };
    // One after another where there is nothing to wait for.
    yield* checkedInOrder(items, check, this.group ? LOOKED_UP_AT_A_TIME : this.query ? READ_AT_A_TIME : 1);
  }

  private async matches(candidate: Candidate): Promise<boolean> {
    // What is no dead letter has no records and no processor.
    if (!candidate.summary && !candidate.document) return false;
    this.underWay++;
    try {
      if (candidate.document) return await this.foundNative(candidate);
      const failure = await this.gate.pass(async () => this.found(candidate));
      if (!failure) return false;
      return !this.group || (await this.group.has(failure));
    } finally {
      this.underWay--;
    }
  }

  /** What is needed of a dead letter whose records match: its body is let go of. */
  private async found(candidate: Candidate): Promise<Pick<ReceivedDeadLetter, 'failure' | 'deadLetterId'> | undefined> {
    const read = await this.ifReadable(candidate, async () => candidate.read(this.aborted));
    if (!read) return undefined;
    const { failure, deadLetterId } = read;
    const { query } = this;
    if (query && !matchesAny(read, query)) return undefined;
    return { failure, deadLetterId };
  }

  private async foundNative(candidate: Candidate): Promise<boolean> {
    const { query, group } = this;
    if (query) {
      const document = await this.gate.pass(async () => this.ifReadable(candidate, async () => candidate.document!(this.aborted)));
      if (document === undefined || !query.matchesDocument(document)) return false;
    }
    return !group || group.hasMessage(candidate);
  }

  /** Notes what cannot be read. */
  private async ifReadable<Read>(candidate: Candidate, read: () => Promise<Read>): Promise<Read | undefined> {
    try {
      return await read();
    } catch (error) {
      if (this.aborted.aborted || (!(error instanceof UndeliverableError) && isFatal(error))) throw error;
      const { message } = error as Error;
      const known = this.unread.get(message);
      this.unread.set(message, { times: (known?.times ?? 0) + 1, example: known?.example ?? candidate.summary?.deadLetterId ?? candidate.messageId });
      return undefined;
    }
  }
}

/** Ends at the first record that matches. */
function matchesAny({ event, numbers }: ReceivedDeadLetter, query: RecordQuery): boolean {
  return event.Records.some((record, place) => query.matches(record, numbers?.[place] ?? place + 1));
}
