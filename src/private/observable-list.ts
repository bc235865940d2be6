/** A list that grows while an app is defined, with visitors that also see later entries. */
export class ObservableList<Entry> {
  private readonly list: Entry[] = [];
  private readonly visitors: ((entry: Entry) => void)[] = [];

  public add(entry: Entry): void {
    if (this.list.includes(entry)) return;
    this.list.push(entry);
    for (const visit of this.visitors) visit(entry);
  }

  /** The entries so far. */
  public get entries(): readonly Entry[] {
    return this.list;
  }

  /** Visits each entry: those so far now, later ones when they are added. */
  public each(visit: (entry: Entry) => void): void {
    this.visitors.push(visit);
    this.list.forEach(visit);
  }
}
