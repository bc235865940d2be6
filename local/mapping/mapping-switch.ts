import type { Clock } from '../clock';

export type MappingState = 'Enabled' | 'Enabling' | 'Disabled' | 'Disabling';

/** What is started and stopped: a mapping on a stream or on a queue. */
export interface Switchable {
  /** A mapping on a queue has none. */
  readonly lastProcessingResult?: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A mapping as CreateEventSourceMapping has it, under the API's names. */
export interface MappingConfiguration {
  readonly UUID: string;
  readonly EventSourceMappingArn: string;
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly BatchSize: number;
  readonly [setting: string]: unknown;
}

/** The state was seen to change within about a second. That pollers begin a minute later on AWS, and end later too, is not emulated. */
const TRANSITION_MILLIS = 1_000;

/** A mapping as Lambda's API knows it: what it is, what state it is in, and the switch. */
export class MappingSwitch {
  lastModified = new Date();
  /** Why the last transition did not come to its end. */
  failure?: Error;
  private current: MappingState;
  private transition: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    readonly configuration: MappingConfiguration,
    private readonly mapping: Switchable,
    private readonly clock: Pick<Clock, 'sleep'>,
    enabled: boolean,
  ) {
    this.current = enabled ? 'Enabled' : 'Disabled';
  }

  get lastProcessingResult(): string | undefined {
    return this.mapping.lastProcessingResult;
  }

  get state(): MappingState {
    return this.current;
  }

  get inTransition(): boolean {
    return this.current === 'Enabling' || this.current === 'Disabling';
  }

  /** Begins to enable or disable the mapping; `state` tells how far that is. */
  turn(enabled: boolean): void {
    if (this.inTransition) throw new Error(`mapping ${this.configuration.UUID} is ${this.current}: it cannot be changed before that is over`);
    if (this.current === (enabled ? 'Enabled' : 'Disabled')) return;
    this.current = enabled ? 'Enabling' : 'Disabling';
    this.lastModified = new Date();
    this.transition = this.run(enabled);
  }

  /** Resolves when the mapping is enabled or disabled for good. */
  async settled(): Promise<void> {
    await this.transition;
  }

  /** Stops the mapping for good. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.transition;
    await this.mapping.stop();
  }

  private async run(enabled: boolean): Promise<void> {
    await this.clock.sleep(TRANSITION_MILLIS, this.closing.signal);
    if (this.closing.signal.aborted) return;
    try {
      await (enabled ? this.mapping.start() : this.mapping.stop());
      this.current = enabled ? 'Enabled' : 'Disabled';
      this.failure = undefined;
    } catch (error) {
      // As on Lambda: a mapping that cannot be started is off, and says why.
      this.current = 'Disabled';
      this.failure = error as Error;
    }
    this.lastModified = new Date();
  }
}
