import { awsContext } from '../aws/aws-context';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import type { CommandModule } from '../context';
import { ExitCode } from '../exit-code';
import { run } from '../run';
import { memoryStreams } from './support/memory-streams';

interface RunOptions {
  readonly json?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly isStopped?: boolean;
  readonly region?: string;
  readonly queue?: string;
  readonly load?: CommandDefinition['load'];
}

async function ran(command: CommandModule<object>['run'], options: RunOptions = {}) {
  const { json = false, env = {}, isStopped = false, region, queue, load = async () => ({ run: command }) } = options;
  const streams = memoryStreams();
  const [stop, abort] = [new AbortController(), new AbortController()];
  if (isStopped) stop.abort();
  const definition: CommandDefinition = { name: 'look', summary: 'look', options: [], examples: [], load };
  const exitCode = await run(
    { definition, commands: [definition], globals: { json, color: false, region, queue }, args: ['id'], options: { limit: 1 } },
    { streams, env, version: '1.2.3', stopped: stop.signal, aborted: abort.signal },
    awsContext,
  );
  return { exitCode, out: streams.out(), err: streams.err() };
}

/** An error as the SDK makes it. */
function refusal(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 403 } });
}

describe('a command that is run', () => {
  it('has its arguments and options, and ends with its own exit code', async () => {
    const result = await ran(async (context, args, options) => {
      context.output.line(JSON.stringify([context.options, args, options]));
      return ExitCode.LEFT;
    });
    expect(result).toEqual({ exitCode: 1, out: '[{"json":false,"color":false},["id"],{"limit":1}]\n', err: '' });
  });

  it('ends with a message where the user can fix it', async () => {
    expect(await ran(async () => { throw new CliError('give --read or --redrive'); })).toEqual({
      exitCode: 2, out: '', err: 'error: give --read or --redrive\n',
    });
  });

  it('says so in the document of --json as well, unless that is out already', async () => {
    const failing = async () => { throw new CliError('no such queue', ExitCode.REFUSED); };
    const { exitCode, out, err } = await ran(failing, { json: true });
    expect([exitCode, err]).toEqual([3, 'error: no such queue\n']);
    expect(JSON.parse(out)).toEqual({ command: 'look', version: 1, error: { message: 'no such queue', exitCode: 3 } });

    const late = await ran(async ({ output }) => {
      output.json({ deadLetters: [] });
      throw new CliError('no such queue', ExitCode.REFUSED);
    }, { json: true });
    expect([late.exitCode, JSON.parse(late.out)]).toEqual([3, { command: 'look', version: 1, deadLetters: [] }]);
  });

  it('ends with 3 where AWS refuses, and no stack trace', async () => {
    const { exitCode, err } = await ran(async () => { throw refusal('AccessDenied', 'User: arn:aws:iam::1:user/me is not authorized to perform: sqs:ReceiveMessage on resource: arn:aws:sqs:q'); });
    expect(exitCode).toBe(3);
    expect(err).toBe(
      'error: not allowed: sqs:ReceiveMessage on arn:aws:sqs:q, for arn:aws:iam::1:user/me\n' +
      '`npx stream-dlq policy --read --stack NAME`, run by an administrator, prints the policy that allows it\n',
    );
  });

  it('ends with 3 where an answer came damaged', async () => {
    const { exitCode, err } = await ran(async () => { throw new Error('Invalid MD5 checksum on messages: 0a1b'); });
    expect([exitCode, err]).toEqual([
      3, 'error: an answer of SQS came damaged (Invalid MD5 checksum on messages: 0a1b): nothing of it was used; run the command again\n',
    ]);
  });

  it('ends with 2 where a file is in the way', async () => {
    const { exitCode, err } = await ran(async () => {
      throw Object.assign(new Error("ENOENT: no such file or directory, open 'x.jsonl'"), { code: 'ENOENT', syscall: 'open', path: 'x.jsonl' });
    });
    expect([exitCode, err]).toEqual([2, "error: cannot open x.jsonl: ENOENT: no such file or directory, open 'x.jsonl'\n"]);
  });

  it('ends with 130 where a call was cut off by Ctrl-C, and only then', async () => {
    const cutOff = async () => { throw Object.assign(new Error('Request aborted'), { name: 'AbortError' }); };
    expect(await ran(cutOff, { isStopped: true })).toEqual({
      exitCode: 130, out: '', err: 'error: stopped; the same command goes on where this one ended\n',
    });
    expect((await ran(cutOff)).exitCode).toBe(70);
  });

  test.each<[string, unknown, string]>([
    ['an error', new TypeError('x is not a function'), 'TypeError: x is not a function'],
    ['anything else that is thrown', 'x', 'x'],
  ])('ends with 70 at a bug, and says how to report it: %s', async (_, thrown, shown) => {
    expect(await ran(async () => { throw thrown; })).toEqual({
      exitCode: 70,
      out: '',
      err: [
        `error: a bug of stream-dlq 1.2.3 (Node.js ${process.version}): ${shown}`,
        'no message is deleted before it was dealt with: what was under way comes back to its queue when its visibility timeout ends',
        'please report it at https://github.com/cdk-stream-dlq/cdk-stream-dlq/issues, with the command and what DEBUG=stream-dlq adds to this',
        '',
      ].join('\n'),
    });
  });

  test.each([['stream-dlq', true], ['express,stream-dlq', true], ['*', true], ['express', false]])(
    'shows the stack of a bug where it is asked for: DEBUG=%s', async (debug, expected) => {
      const { err } = await ran(async () => { throw new TypeError('x'); }, { env: { DEBUG: debug } });
      expect(err.includes('\n    at ')).toBe(expected);
      expect(err.includes('please report it')).toBe(!expected);
    },
  );

  it('is refused options that contradict each other', async () => {
    const { exitCode, err } = await ran(async () => ExitCode.DONE, { region: 'us-east-1', queue: 'arn:aws:sqs:eu-west-1:123456789012:q' });
    expect([exitCode, err]).toEqual([2, 'error: --region must be that of the queue: arn:aws:sqs:eu-west-1:123456789012:q is in eu-west-1, got us-east-1\n']);
  });

  it('may fail to load', async () => {
    expect((await ran(async () => ExitCode.DONE, { load: () => Promise.reject(new Error('no such chunk')) })).exitCode).toBe(70);
  });
});
