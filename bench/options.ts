/** An option of a bench. Its values are text until they are parsed. */
export interface Option<T> {
  readonly help: string;
  /** What stands for its value in the help. */
  readonly placeholder: string;
  readonly default: string;
  /** Default of a run of all benches, where it is another. */
  readonly short?: string;
  /** What a test takes that only wants to see the bench run. */
  readonly smallest: string;
  /** @throws Error for a value that is not valid */
  parse(name: string, text: string): T;
}

// Values of any type: each option says its own.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Options = Readonly<Record<string, Option<any>>>;
export type Values<O extends Options> = { readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never };

interface Texts {
  readonly help: string;
  readonly default: string | number;
  readonly short?: string | number;
  readonly smallest?: string | number;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number in a range. The smallest is its lower end, unless it is given. */
export function wholeNumber({ min, max, ...texts }: Texts & Range): Option<number> {
  return option({ ...texts, placeholder: 'n' }, min, (name, text) => {
    const value = /^\d{1,8}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) throw new Error(`--${name} must be a whole number from ${min} to ${max}, got: ${text}`);
    return value;
  });
}

/** One of a few words, or all of them. The smallest is the first. */
export function anyOf<T extends string>({ known, ...texts }: Omit<Texts, 'default'> & { readonly known: readonly T[] }): Option<readonly T[]> {
  return option({ ...texts, default: 'all', placeholder: known.join('|') }, known[0], (name, text) => {
    const found = text === 'all' ? known : known.filter((it) => it === text);
    if (found.length === 0) throw new Error(`--${name} must be all, ${known.join(' or ')}, got: ${text}`);
    return found;
  });
}

function option<T>({ help, placeholder, short, smallest, ...texts }: Texts & Pick<Option<T>, 'placeholder'>, first: string | number, parse: Option<T>['parse']): Option<T> {
  const common = { help, placeholder, default: String(texts.default), smallest: String(smallest ?? first), parse };
  return short === undefined ? common : { ...common, short: String(short) };
}

/** The values of a bench's options, parsed. What is not given has its default. */
export function parseOptions<O extends Options>(
  options: O, given: Readonly<Record<string, unknown>>, size: 'default' | 'short' | 'smallest' = 'default',
): Values<O> {
  const values = Object.entries(options).map(([name, it]) => [name, it.parse(name, (given[name] as string | undefined) ?? it[size] ?? it.default)]);
  return Object.fromEntries(values) as Values<O>;
}
