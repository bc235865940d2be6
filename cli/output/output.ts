export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** The first that are left out where the terminal is too narrow. Default: never left out. */
  readonly expendable?: number;
  /** What may be cut out of a value where the terminal is too narrow: its end (true), or its middle, as of names that begin alike. */
  readonly shrinks?: boolean | 'middle';
  /** What it keeps at least if it shrinks: a column whose beginning says little needs more. Other columns are left out for it. */
  readonly least?: number;
  /** Whether it is left out where the terminal is too narrow and all rows have the same value, as that is said beside the table. */
  readonly isSummarized?: boolean;
  /** Colours a value. `value` itself has none: whatever a terminal would act on is made visible in it. */
  readonly paint?: (text: string, row: Row) => string;
}

/** A count of things under way: a bar with rate and time left on a terminal, a line now and then otherwise, nothing with --json. */
export interface Progress {
  add(count?: number): void;
  /** What else there is to say, such as failures so far. */
  note(text: string): void;
  stop(): void;
}

/** The one place that writes. Results go to stdout, everything else to stderr. */
export interface Output {
  readonly isJson: boolean;
  /** Columns of the terminal; 100 where there is none. */
  readonly width: number;
  /** Colours of picocolors, or none (NO_COLOR, --no-color, no terminal). */
  readonly colors: ReturnType<typeof import('picocolors').createColors>;
  /**
   * A line of the result. Not printed with --json. Here, and in `note` and `warn`, line breaks and the colours of `colors` reach the
   * terminal; anything else it would act on is made visible, whatever message it came from. See `printable` for text with neither.
   */
  line(text?: string): void;
  /** The same for sentences: broken between words where the terminal is too narrow, and indented where they go on. */
  prose(text: string, indent?: number): void;
  /**
   * A piece of a result that is no table and no document, such as the lines of an export: to stdout as it is, with --json too.
   * Resolves when there is room for more.
   */
  write(text: string): Promise<void>;
  /** A line about what goes on: to stderr. Not printed with --json. */
  note(text: string): void;
  /** Something to beware of: to stderr, with --json too. */
  warn(text: string): void;
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void;
  /** The one document of a command with --json, `command` and `version` of the schema first; nothing otherwise. */
  json(document: object): void;
  progress(label: string, total: number | undefined): Progress;
  /** For what is costly to find out before a question that could not be asked then. @throws CliError where there is no terminal to ask on */
  requireTerminal(): void;
  /** Asks on the terminal; false where the answer is no, or Ctrl-C. @throws CliError where there is none to ask on: use --yes */
  confirm(question: string): Promise<boolean>;
  /** Whether there is a terminal to ask on. */
  readonly canAsk: boolean;
  /** Asks for a line of text on the terminal. Undefined where there is no answer. */
  askText(question: string): Promise<string | undefined>;
}

/** Version of what --json prints: fields are added without a new one. */
export const SCHEMA_VERSION = 1;
