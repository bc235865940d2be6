/** The value of an environment variable that the construct sets. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`environment variable ${name} must be set, got: ${value === undefined ? 'nothing' : 'an empty string'}`);
  }
  return value;
}
