import { ExitCode } from './exit-code';

/** Something the user can fix: printed as one message, without a stack trace. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode = ExitCode.USAGE,
    /** What to install, where another version of the tool is needed. */
    readonly newerFormat?: { readonly formatVersion: string; readonly install: string },
  ) {
    super(message);
  }
}
