/** What comes to belong to a construct one by one. */
export class LateParts<Part> {
  private readonly parts: Part[] = [];
  private readonly visitors: ((part: Part) => void)[] = [];

  public add(part: Part): void {
    if (this.parts.includes(part)) return;
    this.parts.push(part);
    for (const visit of this.visitors) visit(part);
  }

  /** Those that are there by now. */
  public get present(): readonly Part[] {
    return this.parts;
  }

  /** Visits each: those that are there now, and every other once it comes. */
  public each(visit: (part: Part) => void): void {
    this.visitors.push(visit);
    this.parts.forEach(visit);
  }
}
