/** Why a command was told to stop, for whoever waits at the terminal: the reason of its signal, where a person gave the signal. */
export class Stopping extends Error {
  /** As of every call that a signal cuts off. */
  readonly name = 'AbortError';

  constructor() {
    super('stopping: what is under way comes to its end; once more to stop at once');
  }
}
