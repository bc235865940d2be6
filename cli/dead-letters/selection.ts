import { CliError } from '../cli-error';
import { Filter, type FilteredMessage, hasId, requireId } from '../messages/filter';

/** Long enough to name one of any number, as `ls` shows it. */
const CERTAIN_LENGTH = 8;
const ID_CONDITION = /^\s*id\s*=\s*(.*?)\s*$/;

/** What a command was asked to work on: by ids, by --filter, or all. */
export class Selection {
  private readonly missing: Set<string>;
  private readonly meant = new Map<string, string>();
  private found = 0;

  private constructor(
    private readonly ids: readonly string[],
    private readonly filter: Filter,
    /** Messages that the ids are known to name: of one dead letter there may be several. */
    private readonly expected = 1,
  ) {
    this.missing = new Set(ids);
  }

  /** @throws CliError */
  static parse(ids: readonly string[], filters: readonly string[]): Selection {
    const conditions = filters.flatMap((text) => text.split(','));
    // As `--filter id=` too an id is to name one dead letter, not all that begin with it.
    const others = conditions.filter((text) => !ID_CONDITION.test(text));
    const filterIds = conditions.flatMap((text) => ID_CONDITION.exec(text)?.[1] ?? []);
    const named = [...ids.map((id) => requireId(id, 'an id')), ...filterIds.map((id) => requireId(id, '--filter id='))];
    return new Selection(named, Filter.parse(others));
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
    return new Selection(this.ids.map((id) => this.meant.get(id) ?? id), this.filter, Math.max(1, this.found));
  }

  /** Whether a message is meant. @throws CliError where an id names two dead letters */
  has(message: FilteredMessage): boolean {
    if (!this.filter.matches(message)) return false;
    if (this.ids.length === 0) return true;
    const names = this.ids.filter((id) => hasId(id, message));
    for (const id of names) this.find(id, message);
    if (names.length > 0) this.found++;
    return names.length > 0;
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
    return this.filter.deadLetterKeys.length > 0;
  }

  get isEverything(): boolean {
    return this.ids.length === 0 && this.filter.isEmpty;
  }

  /** For plans: what was asked for, in the user's words. */
  get text(): string {
    return [...this.ids, ...(this.filter.isEmpty ? [] : [this.filter.text])].join(', ');
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
