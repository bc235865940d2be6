import { InvalidArgumentError } from 'commander';

/** Parser of an option that takes a whole number. The message follows commander's own, which names option and value. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => numberWithin(text, /^\d+$/, least, most, 'a whole number');
}

/** Parser of an option that takes any number above zero. */
export function positiveNumber(most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => numberWithin(text, /^\d+(\.\d+)?$/, Number.MIN_VALUE, most, 'a number above 0');
}

function numberWithin(text: string, form: RegExp, least: number, most: number, what: string): number {
  const value = Number(text);
  if (!form.test(text) || value < least || value > most) {
    const bounds = [least > Number.MIN_VALUE ? ` from ${least}` : '', most < Number.MAX_SAFE_INTEGER ? ` up to ${most}` : ''].join('');
    throw new InvalidArgumentError(`It must be ${what}${bounds}.`);
  }
  return value;
}

/** Parser of an option that may be given more than once. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Parser of an option that takes several values between commas, and may be given more than once. */
export function listOf<Value extends string>(values: readonly Value[]): (text: string, before?: readonly Value[]) => readonly Value[] {
  return (text, before = []) => {
    const given = text.split(',').map((part) => part.trim().toUpperCase());
    const strange = given.find((part) => !values.some((value) => value.toUpperCase() === part));
    if (strange !== undefined) throw new InvalidArgumentError(`"${strange}" is none of ${values.join(', ')}.`);
    const chosen = new Set(given);
    return [...before, ...values.filter((value) => chosen.has(value.toUpperCase()) && !before.includes(value))];
  };
}
