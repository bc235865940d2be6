import type { NewerFormatError } from '../../lambda/shared/dead-letter/format-version';
import { CliError } from '../cli-error';
import { ExitCode } from '../exit-code';
import { count, shortId } from '../output/text';

/** Messages that are named of each version: the rest is counted. */
const MOST_NAMES = 5;

/** A format that this version of the tool does not read. */
export type NewerFormat = Pick<NewerFormatError, 'formatVersion' | 'install' | 'message'>;

/** Messages of one of them. */
export interface NewerMessages extends NewerFormat {
  readonly messageIds: readonly string[];
}

/** What the tool reports about a message or a function of a newer format. */
export function newerFormat({ formatVersion, install, message }: NewerFormatError): NewerFormat {
  return { formatVersion, install, message };
}

/** What ends a command, where nothing can be done with a newer format. */
export function newerFormatError({ formatVersion, install, message }: NewerFormat, where = ''): CliError {
  return new CliError(`${where}${message}`, ExitCode.USAGE, { formatVersion, install });
}

/** The messages that this version does not read, by what to install for them. */
export function newerMessages(messages: readonly { readonly messageId: string; readonly newerFormat?: NewerFormat }[]): NewerMessages[] {
  const byMessage = new Map<string, NewerFormat & { readonly messageIds: string[] }>();
  for (const { messageId, newerFormat: newer } of messages) {
    if (!newer) continue;
    const known = byMessage.get(newer.message) ?? { ...newer, messageIds: [] };
    known.messageIds.push(messageId);
    byMessage.set(newer.message, known);
  }
  return [...byMessage.values()];
}

/** Which messages those are, and what to install. */
export function newerText({ message, messageIds }: NewerMessages): string {
  const more = messageIds.length > MOST_NAMES ? ', …' : '';
  return `${count(messageIds.length, 'message')} in a newer format (${messageIds.slice(0, MOST_NAMES).map(shortId).join(', ')}${more}): ${message}`;
}
