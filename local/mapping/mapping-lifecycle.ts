import type { Clock } from '../clock';

export type MappingState = 'Enabled' | 'Enabling' | 'Disabled' | 'Disabling' | 'Updating';

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

export interface MappingChange {
  readonly configuration: MappingConfiguration;
  readonly enabled: boolean;
  /** Makes the mapping use the configuration. */
  apply(): Promise<void>;
}

/** Updates, enables and disables an event source mapping, and has its state as Lambda's API returns it. */
export class MappingLifecycle {
  lastModified = new Date();
  /** Why the last transition failed. */
  failure?: Error;
  private current: MappingState;
  private transition: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    private settings: MappingConfiguration,
    private readonly mapping: StartableMapping,
    private readonly clock: Pick<Clock, 'sleep'>,
    enabled: boolean,
  ) {
    this.current = enabled ? 'Enabled' : 'Disabled';
  }

  get configuration(): MappingConfiguration {
    return this.settings;
  }

  get lastProcessingResult(): string | undefined {
    return this.mapping.lastProcessingResult;
  }

  get state(): MappingState {
    return this.current;
  }

  get inTransition(): boolean {
    return this.current !== 'Enabled' && this.current !== 'Disabled';
  }

  /** Starts to enable or disable the mapping. `state` shows the progress. */
  setEnabled(enabled: boolean): void {
    this.checkSettled();
    if (this.current !== (enabled ? 'Enabled' : 'Disabled')) this.begin(enabled);
  }

  /** Starts to change settings. The API returns them at once; the mapping uses them when `state` is no longer Updating. */
  update({ configuration, enabled, apply }: MappingChange): void {
    this.checkSettled();
    const before = this.settings;
    this.settings = configuration;
    this.begin(enabled, async () => {
      try {
        await apply();
      } catch (error) {
        this.settings = before;
        throw error;
      }
    });
  }

  /** Resolves when no transition is in progress. */
  async settled(): Promise<void> {
    await this.transition;
  }

  /** Stops the mapping for good. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.transition;
    await this.mapping.stop();
  }

  private checkSettled(): void {
    if (this.inTransition) throw new Error(`mapping ${this.settings.UUID} is ${this.current}: wait until that ends`);
  }

  private begin(enabled: boolean, apply?: () => Promise<void>): void {
    const wasEnabled = this.current === 'Enabled';
    this.current = wasEnabled === enabled ? 'Updating' : enabled ? 'Enabling' : 'Disabling';
    this.lastModified = new Date();
    this.transition = this.run(wasEnabled, enabled, apply);
  }

  private async run(wasEnabled: boolean, enabled: boolean, apply?: () => Promise<void>): Promise<void> {
    await this.clock.sleep(TRANSITION_MILLIS, this.closing.signal);
    if (this.closing.signal.aborted) return;
    // As on Lambda, a mapping that cannot start is disabled and has the reason.
    let state: MappingState = wasEnabled ? 'Enabled' : 'Disabled';
    try {
      await apply?.();
      if (enabled !== wasEnabled) await (enabled ? this.mapping.start() : this.mapping.stop());
      state = enabled ? 'Enabled' : 'Disabled';
      this.failure = undefined;
    } catch (error) {
      this.failure = error as Error;
    }
    this.current = state;
    this.lastModified = new Date();
  }
}
