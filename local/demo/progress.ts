import { SingleBar } from 'cli-progress';

/** Prints the progress on standard error: a progress bar on a terminal, plain lines elsewhere. */
export class Progress {
  private bar?: SingleBar;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  /** Prints the name of a step. */
  step(text: string): void {
    this.stop();
    this.stream.write(`${text}\n`);
  }

  /** Shows a count on the progress bar. */
  count(text: string, done: number, total: number): void {
    if (!this.stream.isTTY) return;
    if (!this.bar) {
      this.bar = new SingleBar({
        stream: this.stream,
        format: `${text} {bar} {value}/{total}`,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
      });
      this.bar.start(total, 0);
    }
    this.bar.update(done);
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}
