import { SingleBar } from 'cli-progress';

/** Says on stderr how far things are: a bar on a terminal, plain lines elsewhere. */
export class Progress {
  private bar?: SingleBar;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  /** A step that takes a moment. */
  step(text: string): void {
    this.stop();
    this.stream.write(`${text}\n`);
  }

  /** Counts up to a total. */
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
