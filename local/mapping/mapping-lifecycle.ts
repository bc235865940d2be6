import type { Clock } from '../clock';

export type MappingState = 'Enabled' | 'Enabling' | 'Disabled' | 'Disabling';

/** An event source mapping on a stream or on a queue. */
export interface StartableMapping {
  /** Absent for a mapping on a queue. */
  readonly lastProcessingResult?: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The settings of an event source mapping, with the names of Lambda's API. */
export interface MappingConfiguration {
  readonly UUID: string;
  readonly EventSourceMappingArn: string;
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly BatchSize: number;
  readonly [setting: string]: unknown;
}

/** On AWS the state changes within about a second. Polling starts and stops about a minute later there, which is not emulated. */
const TRANSITION_MILLIS = 1_000;

/** Enables and disables an event source mapping, and has its state as Lambda's API returns it. */
export class MappingLifecycle {
  lastModified = new Date();
  /** Why the last transition failed. */
  failure?: Error;
  private current: MappingState;
  private transition: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    readonly configuration: MappingConfiguration,
    private readonly mapping: StartableMapping,
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

  /** Starts to enable or disable the mapping. `state` shows the progress. */
  setEnabled(enabled: boolean): void {
    if (this.inTransition) throw new Error(`mapping ${this.configuration.UUID} is ${this.current}: wait until that ends`);
    if (this.current === (enabled ? 'Enabled' : 'Disabled')) return;
    this.current = enabled ? 'Enabling' : 'Disabling';
    this.lastModified = new Date();
    this.transition = this.run(enabled);
  }

  /** Resolves when the mapping is enabled or disabled. */
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
      // As on Lambda, a mapping that cannot start is disabled and has the reason.
      this.current = 'Disabled';
      this.failure = error as Error;
    }
    this.lastModified = new Date();
  }
}
