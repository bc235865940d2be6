import { readExportFile } from '../file/export-file';
import { toMessage } from '../file/exported-message';
import { messageSummary } from '../messages/message-summary';
import { isMoved } from '../native/native-message';

/**
 * Whether a file has messages that SQS moved to a dead-letter queue, and no dead letter of a stream. It looks no further than to the first of those.
 * @throws CliError where a line cannot be read
 */
export async function isNativeFile(path: string): Promise<boolean> {
  let hasMoved = false;
  for await (const { line } of readExportFile(path)) {
    const message = toMessage(line);
    const { summary, newerFormat } = messageSummary(message);
    if (summary || newerFormat) return false;
    hasMoved ||= isMoved(message);
  }
  return hasMoved;
}
