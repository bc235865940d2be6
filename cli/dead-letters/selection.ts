import { CliError } from '../cli-error';
import { type FilteredMessage, hasId, requireId } from '../messages/filter';
import { type ChooseContext, type ChooseOptions, Criteria } from './criteria';
import type { FoundDeadLetter } from './dead-letter-reader';
import type { Checked } from './in-order';

/** Long enough to name one of any number, as `ls` shows it. */
const CERTAIN_LENGTH = 8;
const ID_CONDITION = /^\s*id\s*=\s*(.*?)\s*$/;

/** What a command was asked to work on: by ids, by --filter, --where and --group, or all. */
export class Selection {
  private readonly missing: Set<string>;
  private readonly meant = new Map<string, string>();
  private found = 0;

  private constructor(
    private readonly ids: readonly string[],
    private readonly criteria: Criteria,
    /** Messages that the ids are known to name: of one dead letter there may be several. */
    private readonly expected = 1,
  ) {
    this.missing = new Set(ids);
  }

  /** @throws CliError */
  static async parse(context: ChooseContext, ids: readonly string[], { filter, ...given }: ChooseOptions): Promise<Selection> {
    const conditions = filter.flatMap((text) => text.split(','));
    // As `--filter id=` too an id is to name one dead letter, not all that begin with it.
    const others = conditions.filter((text) => !ID_CONDITION.test(text));
    const filterIds = conditions.flatMap((text) => ID_CONDITION.exec(text)?.[1] ?? []);
    const named = [...ids.map((id) => requireId(id, 'an id')), ...filterIds.map((id) => requireId(id, '--filter id='))];
    return new Selection(named, await Criteria.parse(context, { ...given, filter: others }));
  }

  /** All there is. */
  static everything(): Selection {
    return new Selection([], Criteria.none);
  }

  /**
   * The same for the run that follows a look, with the ids in full that were found: the run means what the look showed.
   * @throws CliError where an id is so short that it may name others, which were not looked at
   */
  resolved(isAll: boolean): Selection {
    const short = isAll ? undefined : this.ids.find((id) => id.length < CERTAIN_LENGTH);
    if (short !== undefined) {
      const meant = this.meant.get(short);
      throw new CliError(
        `"${short}" must have at least ${CERTAIN_LENGTH} characters, since not all messages could be looked at and others may begin with it as well.` +
          (meant === undefined ? '' : ` The one that was found is ${meant}.`),
      );
    }
    return new Selection(this.ids.map((id) => this.meant.get(id) ?? id), this.criteria.resolved(isAll), Math.max(1, this.found));
  }

  /**
   * Gives each message, in their order, with whether it is meant.
   * @throws CliError where an id names two dead letters, or the beginning of a group id two groups
   */
  async *choose<Found extends FoundDeadLetter>(messages: AsyncIterable<Found>): AsyncGenerator<Checked<Found, boolean>, void, void> {
    const isNamed = (message: FilteredMessage) => this.ids.length === 0 || this.ids.some((id) => hasId(id, message));
    for await (const checked of this.criteria.choose(messages, (it) => it, isNamed)) {
      // Counted when it is given: what is checked ahead was not worked on.
      if (checked.result) this.count(checked.item);
      yield checked;
    }
  }

  /** Ids that named nothing so far. */
  get notFound(): readonly string[] {
    return [...this.missing];
  }

  /** Whether all that was asked for by its id was found. */
  get isComplete(): boolean {
    return this.ids.length > 0 && this.missing.size === 0 && this.found >= this.expected;
  }

  /** Whether messages are chosen by what their attributes say of a dead letter. */
  get readsAttributes(): boolean {
    return this.criteria.readsAttributes;
  }

  /** Whether it takes more than the attributes of a message. */
  get readsBodies(): boolean {
    return this.criteria.readsBodies;
  }

  /** Whether messages are being checked: on a FIFO queue others of their group come only after them. */
  get isBusy(): boolean {
    return this.criteria.isBusy;
  }

  /** Dead letters of which it is not known whether they are meant. */
  get unreadCount(): number {
    return this.criteria.unreadCount;
  }

  /** What there is to say of the messages that were checked. */
  get notes(): readonly string[] {
    return this.criteria.notes;
  }

  /** @throws CliError where messages of a queue cannot be chosen so */
  refuseFor(queue: Parameters<Criteria['refuseFor']>[0]): void {
    this.criteria.refuseFor(queue);
  }

  get isEverything(): boolean {
    return this.ids.length === 0 && this.criteria.isEmpty;
  }

  get isByGroup(): boolean {
    return this.criteria.isByGroup;
  }

  /** For plans: what was asked for, in the user's words. */
  get text(): string {
    return [...this.ids, ...this.criteria.texts].join(', ');
  }

  private count(message: FilteredMessage): void {
    const names = this.ids.filter((id) => hasId(id, message));
    for (const id of names) this.find(id, message);
    if (names.length > 0) this.found++;
  }

  private find(id: string, { messageId, summary }: FilteredMessage): void {
    const meant = summary && hasId(id, { messageId: summary.deadLetterId }) ? summary.deadLetterId : messageId;
    const before = this.meant.get(id);
    if (before !== undefined && before !== meant) {
      throw new CliError(`"${id}" must name one dead letter, got: ${before} and ${meant}. Give more of its characters.`);
    }
    this.meant.set(id, meant);
    this.missing.delete(id);
  }
}
