/** Why something becomes no dead letter, however often it is tried. */
export class UndeliverableError extends Error {
  constructor(
    what: string,
    /** The rule that it breaks, without the value: fit for the log. */
    readonly rule: string,
    got: unknown,
  ) {
    super(`${what}: ${rule}, got: ${describe(got)}`);
    this.name = new.target.name;
  }
}

/** A value in few words: what is no plain value can be of any size and depth. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
