/** Checks a whole number against the bounds that a service documents, both included. */
export function within(property: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
    throw new Error(`property ${property} must be a whole number from ${min} to ${max}, got: ${value}`);
  }
}
