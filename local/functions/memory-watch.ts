import { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

const INTERVAL_MILLIS = 100;

/**
 * Kills a child whose own memory grows over its function's memory size: V8's limit covers the heap only, and buffers
 * live outside it. Works where there is a `/proc`; elsewhere only the heap is limited.
 */
export class MemoryWatch {
  private timer?: NodeJS.Timeout;

  constructor(private readonly child: ChildProcess, private readonly mebibytes: number) {}

  start(): void {
    if (process.platform === 'linux') this.timer = setInterval(() => this.check(), INTERVAL_MILLIS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private check(): void {
    if ((this.residentKibibytes() ?? 0) > this.mebibytes * 1024) this.child.kill('SIGKILL');
  }

  /** Anonymous memory only: the pages of the Node binary are shared with every other instance. */
  private residentKibibytes(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
      return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]);
    } catch {
      return undefined;
    }
  }
}
