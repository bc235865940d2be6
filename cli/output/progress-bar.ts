import type { Writable } from 'node:stream';
import { SingleBar } from 'cli-progress';
import type { Progress } from './output';
import { Pace, paceText } from './pace';
import { printable } from './printable';

const CLEAR_LINE = '\r\u001b[K';

/** Progress on a terminal: a bar on the last line, gone when it is stopped. */
export class ProgressBar implements Progress {
  private readonly bar: SingleBar;
  private readonly pace = new Pace(Date.now());
  private done = 0;
  private noted = '';

  constructor(
    private readonly label: string,
    private readonly total: number | undefined,
    private readonly stream: Writable & { readonly columns?: number },
  ) {
    this.bar = new SingleBar({
      stream: stream as NodeJS.WriteStream,
      format: () => this.text(),
      hideCursor: true,
      clearOnComplete: true,
      // The bar is never too long, and what is written above it may be: it would be cut off.
      linewrap: true,
      // Signals are taken care of in one place, and that is not a bar.
      gracefulExit: false,
    });
    // At its end it would put the cursor back to where it began, on top of all that was written above it since.
    const { terminal } = this.bar as unknown as { terminal: { cursorSave(): void; cursorRestore(): void } };
    terminal.cursorSave = terminal.cursorRestore = () => undefined;
    this.bar.start(total ?? 0, 0);
  }

  add(count = 1): void {
    this.done += count;
    this.pace.update(Date.now(), this.done);
    this.bar.update(this.done);
  }

  note(text: string): void {
    this.noted = printable(text);
  }

  stop(): void {
    this.bar.stop();
  }

  /** Lets something be written above the bar. */
  interrupt(write: () => void): void {
    this.stream.write(CLEAR_LINE);
    write();
    // Drawn even if it says what it said before.
    (this.bar as unknown as { lastDrawnString: string }).lastDrawnString = '';
    this.bar.render();
  }

  private text(): string {
    const { label, done, total, noted } = this;
    const counted = [done, ...(total === undefined ? [] : [total])].map((it) => it.toLocaleString('en-US')).join('/');
    const rest = [counted, paceText(this.pace, Date.now(), done, total), noted].filter(Boolean).join(', ');
    const room = (this.stream.columns || 80) - 1;
    const barWidth = Math.min(30, room - label.length - rest.length - 2);
    if (total === undefined || barWidth < 5) return `${label} ${rest}`.slice(0, room);
    const filled = total === 0 ? barWidth : Math.round((Math.min(done, total) / total) * barWidth);
    return `${label} ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${rest}`;
  }
}
