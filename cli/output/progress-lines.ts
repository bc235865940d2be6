import type { Progress } from './output';
import { Pace, paceText } from './pace';

const EVERY_MILLIS = 5_000;

/** Progress where there is no terminal: a line now and then, so that a log says where things are and stays short. */
export class ProgressLines implements Progress {
  private readonly pace = new Pace(Date.now());
  private done = 0;
  private noted = '';
  private lastLine = Date.now();

  constructor(
    private readonly label: string,
    private readonly total: number | undefined,
    private readonly write: (line: string) => void,
  ) {}

  add(count = 1): void {
    this.done += count;
    const now = Date.now();
    this.pace.update(now, this.done);
    if (now - this.lastLine < EVERY_MILLIS) return;
    this.lastLine = now;
    const counted = [this.done, ...(this.total === undefined ? [] : [this.total])].map((it) => it.toLocaleString('en-US')).join(' of ');
    this.write([`${this.label}: ${counted}`, paceText(this.pace, now, this.done, this.total), this.noted].filter(Boolean).join(', '));
  }

  note(text: string): void {
    this.noted = text;
  }

  stop(): void {
    // The last word is the command's: it knows how things ended.
  }
}
