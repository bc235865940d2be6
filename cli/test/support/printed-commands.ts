import { commands } from '../../commands';
import { parse, type Request } from '../../program';

/** The words of a command line, as a shell makes them. */
export const wordsOf = (line: string) => [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three);

const NAMES = commands.filter(({ isHidden }) => !isHidden).map(({ name }) => name);
const SHORT = new RegExp(`"((?:${NAMES.join('|')})(?: [^"\\\\\n]*)?)"`, 'g');
/** What stands for a value in a command that is printed. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  ID: '3f2a3f2a', ARN: 'arn:aws:lambda:us-east-1:123456789012:function:orders', 'start|stop|status': 'status', NAME: 'Orders',
};

/** Commands of the tool that a text tells to run: on a line of their own, or between backticks. Whole, but for the name of the tool. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(/^ {4}npx stream-dlq (.*)$|`npx stream-dlq ([^`\n]*)`/gm)].map(([, line, inline]) => line ?? inline);
}

/** Commands that a text names by their verb, such as "ls --parked": they are for the queue of the command that printed them. */
export function shortCommandsIn(text: string): string[] {
  return [...text.matchAll(SHORT)].map(([, line]) => line);
}

/** What a command line that was printed asks for. @throws where the tool would refuse it */
export async function requestOf(line: string): Promise<Request> {
  let wrong = '';
  const words = wordsOf(line).map((word) => PLACEHOLDERS[word] ?? word);
  const request = await parse(words, { version: '1', width: 200, writeOut: () => undefined, writeErr: (text) => (wrong += text) }, commands);
  if (typeof request === 'number') throw new Error(`a command is printed that cannot be run: ${line}: ${wrong}`);
  return request;
}

/** Fails where a text tells to run what the tool, or a shell, would not take. */
export async function requireRunnable(text: string): Promise<void> {
  for (const line of commandsIn(text)) await requestOf(line);
  // The verb alone is the name of a command, not a command.
  for (const line of shortCommandsIn(text)) if (line.includes(' ')) await requestOf(/--stack|--from/.test(line) ? line : `${line} --stack Orders`);
  for (const [, line] of text.matchAll(/`?stream-dlq ((?:queues|policy|ls|show|redrive)[^`\n]*)`/g)) await requestOf(line);
  for (const [install] of text.matchAll(/npx stream-dlq@\S+/g)) {
    if (!/^npx stream-dlq@(latest|\d+\.\d+\.\d+)$/.test(install.replace(/[.,;:)"]+$/, ''))) throw new Error(`npx does not take ${install}`);
  }
  for (const [line] of text.matchAll(/aws (?:sso|configure|lambda) [^)"\n]*|^ {4}aws logs .*$/gm)) {
    if ((line.match(/'/g) ?? []).length % 2 > 0 || /undefined/.test(line)) throw new Error(`a shell does not take ${line}`);
  }
}
