import { CliError } from '../cli-error';
import { Filter, type FilteredMessage, isNamedBy, requireId } from '../filter';

/** What a command was asked to work on: by ids, by --filter, or all. */
export class Selection {
  private readonly missing: Set<string>;
  private readonly meant = new Map<string, string>();

  private constructor(
    private readonly ids: readonly string[],
    private readonly filter: Filter,
  ) {
    this.missing = new Set(ids);
  }

  /** @throws CliError */
  static parse(ids: readonly string[], filters: readonly string[]): Selection {
    return new Selection(ids.map((id) => requireId(id, 'an id')), Filter.parse(filters));
  }

  /** The same with nothing found so far. */
  again(): Selection {
    return new Selection(this.ids, this.filter);
  }

  /** Whether a message is meant. @throws CliError where an id names two dead letters */
  has(message: FilteredMessage): boolean {
    if (!this.filter.matches(message)) return false;
    if (this.ids.length === 0) return true;
    const names = this.ids.filter((id) => isNamedBy(id, message));
    for (const id of names) this.find(id, message);
    return names.length > 0;
  }

  /** Ids that named nothing so far. */
  get notFound(): readonly string[] {
    return [...this.missing];
  }

  /** Whether all that was asked for by its id was found. */
  get isComplete(): boolean {
    return this.ids.length > 0 && this.missing.size === 0;
  }

  get isEverything(): boolean {
    return this.ids.length === 0 && this.filter.isEmpty;
  }

  /** For plans: what was asked for, in the user's words. */
  get text(): string {
    return [...this.ids, ...(this.filter.isEmpty ? [] : [this.filter.text])].join(', ');
  }

  private find(id: string, { messageId, summary }: FilteredMessage): void {
    const meant = summary?.deadLetterId ?? messageId;
    const before = this.meant.get(id);
    if (before !== undefined && before !== meant) {
      throw new CliError(`"${id}" must name one dead letter, got: ${before} and ${meant}. Give more of its characters.`);
    }
    this.meant.set(id, meant);
    this.missing.delete(id);
  }
}
