/** Why an event cannot become a dead letter. A retry does not help. */
export class UndeliverableError extends Error {
  constructor(
    what: string,
    /** The rule that the value breaks, without the value, so that it can be logged. */
    readonly rule: string,
    got: unknown,
  ) {
    super(`${what}: ${rule}, got: ${describe(got)}`);
    this.name = new.target.name;
  }
}

/** A short description of a value, which can have any size and depth. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
