import { once } from 'node:events';
import { type NodeProcess, startNodeProcess } from '../../../local/emulators/node-process';
import type { FillOptions, Report } from './fake-aws';

export interface QueueContents extends FillOptions {
  readonly deadLetters: number;
}

export type FakeAwsRequest = ({ readonly type: 'bench:fill' } & QueueContents) | { readonly type: 'bench:report' };

export type FakeAwsAnswer = { readonly type: 'bench:filled'; readonly queueUrl: string } | { readonly type: 'bench:report'; readonly report: Report };

/** `FakeAws` in a process of its own, so that what it takes is not taken from those who are measured. */
export class FakeAwsProcess {
  /** @param script the bundle of `process/fake-aws.ts` */
  static async start(script: string): Promise<FakeAwsProcess> {
    const child = startNodeProcess({ name: 'the fake AWS', script, keepsParentAlive: true }).warnOnExit();
    return new FakeAwsProcess(child, `http://127.0.0.1:${await child.listening()}`);
  }

  private constructor(private readonly child: NodeProcess, readonly endpoint: string) {}

  /** @returns the URL of the queue */
  async fill(filling: QueueContents): Promise<string> {
    const { queueUrl } = await this.ask<'bench:filled'>({ type: 'bench:fill', ...filling }, 'bench:filled');
    return queueUrl;
  }

  async report(): Promise<Report> {
    const { report } = await this.ask<'bench:report'>({ type: 'bench:report' }, 'bench:report');
    return report;
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }

  private async ask<T extends FakeAwsAnswer['type']>(request: FakeAwsRequest, type: T): Promise<Extract<FakeAwsAnswer, { type: T }>> {
    this.child.process.send(request);
    for (;;) {
      const answer = await Promise.race([
        once(this.child.process, 'message').then(([message]) => message as FakeAwsAnswer),
        this.child.exited.then((how) => Promise.reject(new Error(`the fake AWS has ended: ${how}`))),
      ]);
      if (answer.type === type) return answer as Extract<FakeAwsAnswer, { type: T }>;
    }
  }
}
