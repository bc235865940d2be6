import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

/** How records fail, by the prefixes of their names. */
export interface Bugs {
  /** The batch fails. */
  readonly throw?: readonly string[];
  /** The batch fails, with another error. */
  readonly reject?: readonly string[];
  /** The record is reported as an item failure: those before it are processed. */
  readonly report?: readonly string[];
  /** The process ends. */
  readonly crash?: readonly string[];
}

/** What Lambda invokes a processor with. */
export interface ProcessorEvent {
  readonly Records: readonly object[];
}

/** A function that runs test/operate/processor. A test fixes its bugs without a deployment, and reads what it has processed. */
export class BuggyProcessor {
  private readonly folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-processor-'));

  constructor(bugs: Bugs) {
    this.setBugs(bugs);
  }

  get props(): lambda.FunctionProps {
    return {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(join(__dirname, 'processor')),
      timeout: Duration.seconds(20),
      environment: { STATE_FOLDER: this.folder },
    };
  }

  /** Replaces the bugs from the next batch on. */
  setBugs(bugs: Bugs): void {
    writeFileSync(join(this.folder, 'bugs.json'), JSON.stringify(bugs));
  }

  fix(): void {
    this.setBugs({});
  }

  /** Names of the records that it has processed, each as often as it has, in that order. */
  get processed(): readonly string[] {
    const file = join(this.folder, 'processed');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** Events as they came: those that failed, and those that it processed. */
  get failedEvents(): readonly ProcessorEvent[] {
    return this.events('failed');
  }

  get processedEvents(): readonly ProcessorEvent[] {
    return this.events('events');
  }

  private events(name: string): ProcessorEvent[] {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as ProcessorEvent) : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
