/** The value of an environment variable that the construct sets. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`environment variable ${name} must be set, got: ${value === undefined ? 'nothing' : 'an empty string'}`);
  }
  return value;
}

/** The value of an environment variable that holds a number above 0. */
export function requireNumberEnv(name: string): number {
  const text = requireEnv(name);
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new Error(`environment variable ${name} must be a number above 0, got: ${text}`);
  }
  return value;
}
