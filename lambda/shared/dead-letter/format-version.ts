import { FORMAT_VERSION } from '../../../src/contract';
import { describe, UndeliverableError } from './undeliverable-error';

const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/;

/** A value has a format that this version cannot read. The message says what to install. */
export class NewerFormatError extends UndeliverableError {
  /** The version, for display. */
  readonly formatVersion: string;
  /** The version that reads it, in words. */
  readonly oldestReader: string;
  /** What npx runs to read it. */
  readonly install: string;

  constructor(name: string, got: unknown, newest: string) {
    const isVersion = numbersOf(got) !== undefined;
    super(name, isVersion ? `must be at most ${newest}` : `must be a version such as ${newest}`, got);
    this.formatVersion = isVersion ? (got as string) : describe(got);
    this.install = `stream-dlq@${isVersion ? (got as string) : 'latest'}`;
    this.oldestReader = isVersion ? `${got as string} or newer` : 'of the latest version';
    this.message = `${name} ${this.rule}, got: ${this.formatVersion}; run npx ${this.install}${isVersion ? ' or newer' : ''}`;
  }
}

/**
 * Rejects a format that is newer than this version reads. A value without a format version has the oldest format.
 * @throws NewerFormatError
 */
export function requireKnownFormat(name: string, formatVersion: unknown, newest = FORMAT_VERSION): void {
  if (formatVersion === undefined) return;
  const [numbers, known] = [numbersOf(formatVersion), numbersOf(newest)!];
  const place = numbers?.findIndex((number, index) => number !== known[index]) ?? 0;
  if (!numbers || (place >= 0 && numbers[place] > known[place])) throw new NewerFormatError(name, formatVersion, newest);
}

function numbersOf(version: unknown): readonly number[] | undefined {
  return typeof version === 'string' ? VERSION.exec(version)?.slice(1).map(Number) : undefined;
}
