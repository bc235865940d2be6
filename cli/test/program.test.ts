import { Argument, Option } from 'commander';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { commands } from '../commands';
import { ExitCode } from '../exit-code';
import { parse, type Request } from '../program';

interface Parsed {
  readonly asked: Request | ExitCode;
  readonly out: string;
  readonly err: string;
}

async function parsed(argv: readonly string[], known: readonly CommandDefinition[] = commands, width = 80): Promise<Parsed> {
  let [out, err] = ['', ''];
  const asked = await parse(argv, {
    version: '1.2.3',
    width,
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
  }, known);
  return { asked, out, err };
}

const look: CommandDefinition<{ limit?: string; deep?: boolean }> = {
  name: 'look',
  aliases: ['peek'],
  summary: 'look at things',
  description: 'Looks at things, at length.',
  arguments: [new Argument('[id...]', 'which')],
  options: [new Option('--limit <count>', 'how many'), new Option('--deep', 'deeply')],
  examples: [{ command: 'look --limit 3', does: 'three of them' }],
  needs: 'eyes',
  check: (ids, { deep }) => {
    if (deep && ids.length === 0) throw new CliError('--deep must come with an id, got none');
  },
  load: () => Promise.reject(new Error('nothing is loaded to parse')),
};
const hide: CommandDefinition = { name: 'hide', summary: 'hidden', isHidden: true, worksOn: 'nothing', options: [], examples: [], load: look.load };
const survey: CommandDefinition = { name: 'survey', summary: 'all of them', worksOn: 'account', options: [], examples: [], load: look.load };
const known = [look, hide, survey];

describe('arguments', () => {
  it('are a command, its own options and arguments, and what all commands have', async () => {
    const { asked, out, err } = await parsed(
      ['look', '3f2a', '--limit', '3', '77c0', '--queue', 'q', '--region', 'eu-west-1', '--profile', 'p', '--endpoint-url', 'http://localhost:1', '--json'],
      known,
    );
    expect(asked).toEqual({
      definition: look,
      commands: known,
      args: ['3f2a', '77c0'],
      options: { limit: '3' },
      globals: { queue: 'q', stack: undefined, region: 'eu-west-1', profile: 'p', endpointUrl: 'http://localhost:1', json: true, color: true },
    });
    expect(out + err).toBe('');
  });

  it('may use the other name of a command', async () => {
    expect((await parsed(['peek', '--stack', 's', '--no-color'], known)).asked).toMatchObject({
      definition: look, args: [], options: {}, globals: { stack: 's', json: false, color: false },
    });
  });

  test.each<[string, string[], string]>([
    ['an unknown command, with the one that was meant', ['lok'], "error: unknown command 'lok'\n(Did you mean look?)\n(see --help)\n"],
    ['an unknown option, with the one that was meant', ['look', '--limi', '3'], "error: unknown option '--limi'\n(Did you mean --limit?)\n(see --help)\n"],
    ['--queue and --stack', ['look', '--queue', 'q', '--stack', 's'],
      "error: option '--queue <queue>' cannot be used with option '--stack <name>'\n(see --help)\n"],
    ['an option without its value', ['look', '--queue'], "error: option '--queue <queue>' argument missing\n(see --help)\n"],
    ['an endpoint that is no URL', ['look', '--endpoint-url', 'localhost:4566'],
      "error: option '--endpoint-url <url>' argument 'localhost:4566' is invalid. It must be a URL that begins with http:// or https://.\n(see --help)\n"],
    ['what the command itself refuses', ['look', '--deep'], 'error: --deep must come with an id, got none\n(see --help)\n'],
    ['--queue where a whole account is looked at', ['survey', '--queue', 'q'], "error: unknown option '--queue'\n(see --help)\n"],
    ['too many arguments', ['survey', 'x'], "error: too many arguments for 'survey'. Expected 0 arguments but got 1.\n(see --help)\n"],
  ])('end with 2 where they are wrong: %s', async (_, argv, message) => {
    expect(await parsed(argv, known)).toEqual({ asked: ExitCode.USAGE, out: '', err: message });
  });

  it('end with 2 and the help on stderr where there are none', async () => {
    const { asked, out, err } = await parsed([], known);
    expect([asked, out]).toEqual([ExitCode.USAGE, '']);
    expect(err).toMatch(/^Usage: stream-dlq <command> \[options\]/);
  });

  test('--version prints the version', async () => {
    expect(await parsed(['--version'], known)).toEqual({ asked: ExitCode.DONE, out: '1.2.3\n', err: '' });
  });

  it('let a mistake of ours through', async () => {
    const broken: CommandDefinition = { ...survey, check: () => { throw new TypeError('x is not a function'); } };
    await expect(parsed(['survey'], [broken])).rejects.toThrow(new TypeError('x is not a function'));
  });
});

describe('help', () => {
  it('of the tool lists the commands, a typical session, and the exit codes', async () => {
    const { asked, out, err } = await parsed(['--help'], known);
    expect([asked, err]).toEqual([ExitCode.DONE, '']);
    expect(out).toContain('Typical session:\n  1. stream-dlq queues');
    expect(out).toContain('look|peek [options] [id...]  look at things\n');
    expect(out).not.toContain('hidden');
    for (const code of Object.values(ExitCode)) expect(out).toMatch(new RegExp(`^  ${code} +\\w`, 'm'));
  });

  test.each([['look', '--help'], ['look', '-h'], ['help', 'look'], ['peek', '--help']])('of a command is all one needs: %s %s', async (...argv) => {
    const { asked, out, err } = await parsed(argv, known);
    expect([asked, err]).toEqual([ExitCode.DONE, '']);
    expect(out).toContain('Looks at things, at length.');
    expect(out).toContain('Examples:\n  stream-dlq look --limit 3\n      three of them\n');
    expect(out).toContain('Needs: eyes\n');
    expect(out).toContain('Exit codes:\n  0 ');
    for (const option of ['--limit <count>', '--queue <queue>', '--stack <name>', '--region', '--profile', '--endpoint-url', '--json', '--no-color']) {
      expect(out).toContain(option);
    }
  });

  it('has no options of AWS where there is no AWS', async () => {
    expect((await parsed(['hide', '--help'], known)).out).not.toMatch(/--(queue|region|json)/);
  });
});

describe.each(commands.map((definition) => [definition.name, definition] as const))('%s', (name, definition) => {
  const shown = async (width: number): Promise<string> => (await parsed([name, '--help'], commands, width)).out;

  it.each([80, 120])('has help that fits a terminal of %i columns, but for what is to be copied', async (width) => {
    const examples = new Set(definition.examples.map(({ command }) => `  stream-dlq ${command}`));
    expect((await shown(width)).split('\n').filter((line) => line.length > width && !examples.has(line))).toEqual([]);
  });

  it('has examples that can be run', async () => {
    expect(definition.isHidden === true || definition.examples.length > 0).toBe(true);
    for (const { command } of definition.examples) {
      const { asked, err } = await parsed(words(command), commands);
      expect(err).toBe('');
      expect(asked).toMatchObject({ definition });
    }
  });

  it('describes every option and argument', () => {
    expect([...definition.options, ...definition.arguments ?? []].filter(({ description }) => !description)).toEqual([]);
  });
});

/** The words of an example, as a shell has them, without where their output goes. */
function words(command: string): string[] {
  const [line] = command.split(/ [>|]/);
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain);
}
