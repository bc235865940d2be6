import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import { ask, askText, isTerminal, requireTerminal } from './ask';
import { type Column, type Output, type Progress, SCHEMA_VERSION } from './output';
import { printable, printableText } from './printable';
import { ProgressBar } from './progress-bar';
import { ProgressLines } from './progress-lines';
import { hasColors, Stopping, type Streams } from './streams';
import { renderTable } from './table';
import { wrap } from './wrap';

export interface TerminalOutputOptions {
  readonly command: string;
  readonly json: boolean;
  readonly color: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stopped: AbortSignal;
}

const WIDTH_WITHOUT_TERMINAL = 100;
/** Of a terminal that does not say, or says 0. */
const WIDTH_OF_ODD_TERMINAL = 80;

/** The output of a command on the streams of the process. */
export class TerminalOutput implements Output {
  readonly isJson: boolean;
  readonly width: number;
  readonly colors: Output['colors'];
  /** Whether the document of --json is out. */
  hasDocument = false;

  private readonly stderrHasColors: boolean;
  private bar?: ProgressBar;

  constructor(
    private readonly streams: Streams,
    private readonly options: TerminalOutputOptions,
  ) {
    this.isJson = options.json;
    this.width = streams.stdout.columns || Number(options.env.COLUMNS) || WIDTH_WITHOUT_TERMINAL;
    this.colors = createColors(hasColors(streams.stdout, options.env, options.color));
    this.stderrHasColors = hasColors(streams.stderr, options.env, options.color);
    const { stopped } = options;
    stopped.addEventListener('abort', () => {
      // Past the bar it would be drawn over.
      if (stopped.reason instanceof Stopping) this.toStderr(`\n${stopped.reason.message}`);
    }, { once: true });
  }

  line(text = ''): void {
    if (!this.isJson) this.toStdout(printableText(text));
  }

  prose(text: string, indent?: number): void {
    this.line(this.isFitted ? wrap(printableText(text), this.width, indent) : text);
  }

  async write(text: string): Promise<void> {
    const { stdout } = this.streams;
    // Whoever read it has gone: what follows is for nobody.
    if (stdout.destroyed) return;
    const isThereRoom = stdout.write(stdout.isTTY ? printableText(text) : text);
    // Whoever has the stream hears of its errors, and ends the command.
    if (!isThereRoom) await once(stdout, 'drain').catch(() => undefined);
  }

  note(text: string): void {
    if (!this.isJson) this.toStderr(text);
  }

  warn(text: string): void {
    const { yellow, bold } = createColors(this.stderrHasColors);
    this.toStderr(`${bold(yellow('warning:'))} ${printable(text)}`);
  }

  /** What ended the command. */
  error(text: string): void {
    const { red, bold } = createColors(this.stderrHasColors);
    this.toStderr(`${bold(red('error:'))} ${text}`);
  }

  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    if (this.isJson) return;
    const head = (title: string): string => this.colors.bold(title.toUpperCase());
    const { text, leftOut } = renderTable(columns, rows, { width: this.isFitted ? this.width : undefined, head });
    this.toStdout(text);
    if (leftOut.length > 0) this.note(this.colors.dim(`not shown, because the terminal is ${this.width} columns wide: ${leftOut.join(', ')}`));
  }

  json(document: object): void {
    if (!this.isJson) return;
    if (this.hasDocument) throw new Error('a command prints one JSON document, and this was a second one');
    this.hasDocument = true;
    this.toStdout(printableText(JSON.stringify({ command: this.options.command, version: SCHEMA_VERSION, ...document }, null, 2)));
  }

  progress(label: string, total: number | undefined): Progress {
    if (this.isJson) return { add: () => undefined, note: () => undefined, stop: () => undefined };
    if (!this.streams.stderr.isTTY) return new ProgressLines(label, total, (line) => this.toStderr(line));
    const bar = new ProgressBar(label, total, this.streams.stderr);
    this.bar = bar;
    return {
      add: (count) => bar.add(count),
      note: (text) => bar.note(text),
      stop: () => {
        bar.stop();
        if (this.bar === bar) this.bar = undefined;
      },
    };
  }

  requireTerminal(): void {
    requireTerminal(this.streams);
  }

  confirm(question: string): Promise<boolean> {
    return ask(question, this.streams, this.options.stopped);
  }

  get canAsk(): boolean {
    return isTerminal(this.streams);
  }

  askText(question: string): Promise<string | undefined> {
    return askText(question, this.streams, this.options.stopped);
  }

  private toStdout(text: string): void {
    this.above(() => this.streams.stdout.write(`${text}\n`));
  }

  /** Whether the reader sees no more than the width: what is piped on is whole. */
  private get isFitted(): boolean {
    return this.streams.stdout.isTTY === true || this.options.env.COLUMNS !== undefined;
  }

  private toStderr(text: string): void {
    const { isTTY, columns } = this.streams.stderr;
    const safe = isTTY ? wrap(printableText(text), columns || WIDTH_OF_ODD_TERMINAL) : printableText(text);
    // Callers colour by what stdout is: stderr may be a file all the same.
    this.above(() => this.streams.stderr.write(`${this.stderrHasColors ? safe : stripVTControlCharacters(safe)}\n`));
  }

  private above(write: () => void): void {
    if (this.bar) this.bar.interrupt(write);
    else write();
  }
}
