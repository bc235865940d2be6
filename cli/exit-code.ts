/** What a command ends with: documented in --help and in docs/operate.md. */
export const ExitCode = {
  /** All that was asked for is done. */
  DONE: 0,
  /** Something failed again or was left where it was: the output says what. */
  LEFT: 1,
  /** The command was used wrongly: an option, an argument, a file, or a version of the tool that is too old. */
  USAGE: 2,
  /** AWS refused: credentials, a permission, something that is not there. */
  REFUSED: 3,
  /** A mistake of this tool. */
  BUG: 70,
  /** Stopped by Ctrl-C or SIGTERM. */
  INTERRUPTED: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
