/** The value of an option of a bench. @throws Error where it is no whole number in the range */
export function wholeNumber(name: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) throw new Error(`--${name} must be a whole number from ${min} to ${max}, got: ${text}`);
  return value;
}
