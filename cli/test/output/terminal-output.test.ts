import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { createColors } from 'picocolors';
import { CliError } from '../../cli-error';
import { Stopping } from '../../output/streams';
import { TerminalOutput, type TerminalOutputOptions } from '../../output/terminal-output';
import { memoryStreams, type MemoryStreams } from '../support/memory-streams';
import { screen } from '../support/screen';

const colors = createColors(true);
const TERMINAL = { terminals: ['stdin', 'stdout', 'stderr'], columns: 80 } as const;

function outputOn(streams: MemoryStreams, options: Partial<TerminalOutputOptions> = {}): TerminalOutput {
  return new TerminalOutput(streams, { command: 'ls', json: false, color: true, env: {}, stopped: new AbortController().signal, ...options });
}

describe('the output', () => {
  it('has the result on stdout and everything else on stderr', () => {
    const streams = memoryStreams();
    const output = outputOn(streams);
    output.line('result');
    output.line();
    output.note('note');
    output.warn('beware');
    output.error('failed');
    output.json({ not: 'asked for' });
    expect([streams.out(), streams.err()]).toEqual(['result\n\n', 'note\nwarning: beware\nerror: failed\n']);
  });

  it('has one document on stdout with --json, and warnings only beside it', () => {
    const streams = memoryStreams({ terminals: ['stderr'] });
    const output = outputOn(streams, { json: true, color: false });
    output.line('result');
    output.note('note');
    output.table([{ title: 'A', value: () => 'a' }], [1]);
    const progress = output.progress('ls', 10);
    progress.add(5);
    progress.note('note');
    progress.stop();
    output.warn('beware');
    expect(output.hasDocument).toBe(false);
    output.json({ deadLetters: [{ reason: '\u009b2J' }] });
    expect(output.hasDocument).toBe(true);
    expect(JSON.parse(streams.out())).toEqual({ command: 'ls', version: 1, deadLetters: [{ reason: '\u009b2J' }] });
    expect(streams.out()).not.toContain('\u009b');
    expect(streams.err()).toBe('warning: beware\n');
    expect(() => output.json({})).toThrow('a command prints one JSON document, and this was a second one');
  });

  it('lets no escape sequence of a message through', () => {
    const streams = memoryStreams(TERMINAL);
    const output = outputOn(streams);
    output.line('\u001b[2Jx');
    output.note('\u001b]0;t\u0007');
    expect([streams.out(), streams.err()]).toEqual(['\\u001b[2Jx\n', '\\u001b]0;t\\u0007\n']);
  });

  test.each<[string, readonly ('stdout' | 'stderr')[], NodeJS.ProcessEnv, boolean, boolean]>([
    ['a terminal', ['stdout'], {}, true, true],
    ['no terminal', [], {}, true, false],
    ['--no-color', ['stdout'], { FORCE_COLOR: '1' }, false, false],
    ['NO_COLOR', ['stdout'], { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', ['stdout'], { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR', [], { FORCE_COLOR: '1' }, true, true],
    ['FORCE_COLOR=0', ['stdout'], { FORCE_COLOR: '0' }, true, false],
    ['a dumb terminal', ['stdout'], { TERM: 'dumb' }, true, false],
  ])('has colours where they are wanted: %s', (_, terminals, env, color, expected) => {
    expect(outputOn(memoryStreams({ terminals }), { env, color }).colors.red('x')).toBe(expected ? colors.red('x') : 'x');
  });

  it('keeps colours out of a stderr that is no terminal, though stdout is one', () => {
    const streams = memoryStreams({ terminals: ['stdout'] });
    const output = outputOn(streams);
    output.line(output.colors.red('x'));
    output.note(output.colors.red('x'));
    expect([streams.out(), streams.err()]).toEqual([`${colors.red('x')}\n`, 'x\n']);
  });

  it('warns in colour on a terminal', () => {
    const streams = memoryStreams(TERMINAL);
    outputOn(streams).warn('beware');
    expect(streams.err()).toBe(`${colors.bold(colors.yellow('warning:'))} beware\n`);
  });

  test.each<[string, MemoryStreams, NodeJS.ProcessEnv, number]>([
    ['of the terminal', memoryStreams({ terminals: ['stdout'], columns: 132 }), { COLUMNS: '60' }, 132],
    ['of COLUMNS', memoryStreams(), { COLUMNS: '60' }, 60],
    ['100 otherwise', memoryStreams(), { COLUMNS: 'wide' }, 100],
  ])('has a width: %s', (_, streams, env, width) => {
    expect(outputOn(streams, { env }).width).toBe(width);
  });

  it('breaks sentences between words on a terminal, and leaves them whole elsewhere', () => {
    const on = (streams: MemoryStreams, options: Partial<TerminalOutputOptions> = {}): string[] => {
      const output = outputOn(streams, { color: false, ...options });
      output.prose('one two three');
      output.line('one two three');
      output.note('one two three');
      output.error('three four');
      return [streams.out(), streams.err()];
    };
    expect(on(memoryStreams({ terminals: ['stdout'], columns: 10 }))).toEqual(['one two\n  three\none two three\n', 'one two three\nerror: three four\n']);
    expect(on(memoryStreams({ terminals: ['stderr'], columns: 10 }))).toEqual(['one two three\none two three\n', 'one two\n  three\nerror:\n  three\n  four\n']);
    expect(on(memoryStreams(), { env: { COLUMNS: '10' } })[0]).toBe('one two\n  three\none two three\n');
    for (const odd of [memoryStreams({ terminals: ['stderr'] }), memoryStreams({ terminals: ['stderr'], columns: 0 })]) {
      outputOn(odd).note(`${'a'.repeat(40)} ${'b'.repeat(40)}`);
      expect(odd.err()).toBe(`${'a'.repeat(40)}\n  ${'b'.repeat(40)}\n`);
    }
  });

  describe('a table', () => {
    const table = [{ title: 'ID', value: (text: string) => text }, { title: 'SHARD', value: () => 'shardId-000000000000', expendable: 1 }];

    it('fits the terminal, and says what it leaves out', () => {
      const streams = memoryStreams({ terminals: ['stdout'], columns: 20 });
      outputOn(streams, { color: false }).table(table, ['3f2a']);
      expect([streams.out(), streams.err()]).toEqual(['ID\n3f2a\n', 'not shown, because the terminal is 20 columns wide: SHARD\n']);
    });

    it('has its head in capitals', () => {
      const streams = memoryStreams();
      outputOn(streams).table([{ title: 'dead letters', value: () => '3' }], [1]);
      expect(streams.out()).toBe('DEAD LETTERS\n3\n');
    });

    it('is whole where it is piped on, however long its lines', () => {
      const streams = memoryStreams();
      outputOn(streams).table(table, ['3'.repeat(100)]);
      expect(streams.out()).toBe(`ID${' '.repeat(98)}  SHARD\n${'3'.repeat(100)}  shardId-000000000000\n`);
      expect(streams.err()).toBe('');
    });
  });
});

describe('progress', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is a line every five seconds at most where there is no terminal', () => {
    const streams = memoryStreams();
    const progress = outputOn(streams).progress('redrive', 100);
    for (let second = 0; second < 12; second++) {
      jest.advanceTimersByTime(1_000);
      progress.add(2);
      progress.note(`${second} failed`);
    }
    progress.stop();
    expect(streams.err()).toBe('redrive: 10 of 100, 2.0/s, 45s left, 3 failed\nredrive: 20 of 100, 2.0/s, 40s left, 8 failed\n');
  });

  it('counts on without a total', () => {
    const streams = memoryStreams();
    const progress = outputOn(streams).progress('looking', undefined);
    jest.advanceTimersByTime(5_000);
    progress.add();
    expect(streams.err()).toBe('looking: 1, 0.2/s\n');
  });

  it('is a bar on a terminal, gone at the end, with the cursor back', () => {
    const streams = memoryStreams(TERMINAL);
    const progress = outputOn(streams).progress('redrive', 4);
    jest.advanceTimersByTime(2_000);
    progress.add(2);
    progress.note('1 failed\u001b[2J');
    jest.advanceTimersByTime(2_000);
    expect(streams.err()).toContain(`redrive ${'█'.repeat(15)}${'░'.repeat(15)} 2/4, `);
    expect(streams.err()).toContain('1 failed\\u001b[2J');
    progress.stop();
    expect(streams.err().lastIndexOf('\u001b[?25h')).toBeGreaterThan(streams.err().lastIndexOf('\u001b[?25l'));
    const atTheEnd = streams.err();
    jest.advanceTimersByTime(10_000);
    expect(streams.err()).toBe(atTheEnd);
  });

  it('gives way to what is said meanwhile, and comes back below', () => {
    const streams = memoryStreams(TERMINAL);
    const output = outputOn(streams, { color: false });
    const progress = output.progress('redrive', 4);
    jest.advanceTimersByTime(200);
    const before = streams.err().length;
    output.note('failed again');
    // eslint-disable-next-line no-control-regex
    expect(streams.err().slice(before)).toMatch(/^\r\u001b\[Kfailed again\n.*redrive /s);
    progress.stop();
    const afterStop = streams.err().length;
    output.note('done');
    expect(streams.err().slice(afterStop)).toBe('done\n');
  });

  it('leaves nothing behind, and covers nothing that was said meanwhile', () => {
    const streams = memoryStreams(TERMINAL);
    const output = outputOn(streams);
    output.note('before');
    const progress = output.progress('redrive', 4_000);
    for (let index = 0; index < 3; index++) {
      jest.advanceTimersByTime(1_000);
      progress.add(1_000);
      output.warn(`message ${index} is hidden no longer`);
    }
    jest.advanceTimersByTime(1_000);
    expect(screen(streams.err()).at(-1)).toMatch(/^redrive █+░+ 3,000\/4,000, \d+\/s, \ds left$/);
    progress.stop();
    output.note('after');
    expect(screen(streams.err())).toEqual([
      'before', 'warning: message 0 is hidden no longer', 'warning: message 1 is hidden no longer', 'warning: message 2 is hidden no longer', 'after', '',
    ]);
  });

  it('gives way to what a person is told who presses Ctrl-C', () => {
    const stop = new AbortController();
    const streams = memoryStreams(TERMINAL);
    const progress = outputOn(streams, { stopped: stop.signal }).progress('redrive', 4);
    stop.abort(new Stopping());
    progress.stop();
    expect(screen(streams.err())).toEqual(['', 'stopping: what is under way comes to its end; once more to stop at once', '']);
  });

  it('says nothing of Ctrl-C where nobody pressed it', () => {
    const stop = new AbortController();
    const streams = memoryStreams(TERMINAL);
    outputOn(streams, { stopped: stop.signal });
    stop.abort();
    expect(streams.err()).toBe('');
  });

  it.each([80, 120, 30, 10])('never is longer than a terminal of %i columns', (columns) => {
    const streams = memoryStreams({ terminals: ['stderr'], columns });
    const progress = outputOn(streams).progress('redrive', 1_000);
    jest.advanceTimersByTime(2_000);
    progress.add(500);
    progress.note('250 failed: ThisIsAVeryLongNameOfAnErrorThatNobodyShouldEverHaveGivenToAnything');
    jest.advanceTimersByTime(2_000);
    progress.stop();
    // eslint-disable-next-line no-control-regex
    const drawn = streams.err().split(/\u001b\[[?\d;]*[A-Za-z]|\u001b[78]|\r/);
    expect(drawn.some((text) => text.startsWith('redrive'))).toBe(true);
    for (const text of drawn) expect(text.length).toBeLessThan(columns);
  });
});

/** Nothing at all happens in this process for longer than what was typed before is waited for. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
}

describe('a question', () => {
  const isAsked = async ({ err }: MemoryStreams): Promise<void> => {
    while (!err().includes('[y/N]')) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test.each([['y\n', true], ['Yes\n', true], [' YES \n', true], ['n\n', false], ['\n', false], ['yesterday\n', false], ['sure\n', false]])(
    'answered with %j is %s',
    async (answer, expected) => {
      const streams = memoryStreams(TERMINAL);
      const asked = outputOn(streams).confirm('delete 3 dead letters?');
      await isAsked(streams);
      streams.stdin.write(answer);
      expect(await asked).toBe(expected);
      expect(streams.err()).toBe('delete 3 dead letters? [y/N] ');
      expect(streams.out()).toBe('');
    },
  );

  it('is not answered by what was typed before it was asked', async () => {
    const streams = memoryStreams(TERMINAL);
    const modes: boolean[] = [];
    // A line that is not ended is handed over by a terminal in raw mode alone.
    const setRawMode = (isRaw: boolean): void => {
      modes.push(isRaw);
      if (isRaw) streams.stdin.write('y');
    };
    Object.assign(streams.stdin, { setRawMode });
    streams.stdin.write('y\ny\n');
    const asked = outputOn(streams).confirm('sure?');
    await isAsked(streams);
    expect(modes).toEqual([true, false]);
    streams.stdin.write('\n');
    expect(await asked).toBe(false);
    const again = outputOn(streams).confirm('really?');
    while (!streams.err().includes('really?')) await new Promise((resolve) => setTimeout(resolve, 5));
    streams.stdin.write('y\n');
    expect(await again).toBe(true);
  });

  it('is not answered by what was typed before it was asked, though the machine stood still meanwhile', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    // As of a terminal, nothing is read of it before somebody does.
    const stdin = createConnection((server.address() as AddressInfo).port, '127.0.0.1').pause();
    try {
      const [terminal] = (await once(server, 'connection')) as [Socket];
      await new Promise((resolve) => terminal.write('y\n', resolve));
      const streams = memoryStreams(TERMINAL);
      const setRawMode = (isRaw: boolean): void => void (isRaw && process.nextTick(standStill));
      Object.assign(streams, { stdin: Object.assign(stdin, { isTTY: true, setRawMode }) });
      const asked = outputOn(streams).confirm('sure?');
      await isAsked(streams);
      terminal.end('\n');
      expect(await asked).toBe(false);
    } finally {
      stdin.destroy();
      server.close();
    }
  });

  it('is not asked after Ctrl-C in raw mode, where it is a key like others', async () => {
    const streams = memoryStreams(TERMINAL);
    streams.stdin.write('\u0003');
    expect(await outputOn(streams).confirm('sure?')).toBe(false);
    expect(streams.err()).toBe('');
  });

  it('is answered with no by the end of the input, before it is asked or after', async () => {
    const ended = memoryStreams(TERMINAL);
    const before = outputOn(ended).confirm('sure?');
    ended.stdin.end();
    expect(await before).toBe(false);
    const streams = memoryStreams(TERMINAL);
    const after = outputOn(streams).confirm('sure?');
    await isAsked(streams);
    streams.stdin.end();
    expect(await after).toBe(false);
    expect([ended.err(), streams.err()]).toEqual(['sure? [y/N] \n', 'sure? [y/N] \n']);
  });

  it('is answered with no by Ctrl-C, also by one before it', async () => {
    const stop = new AbortController();
    const streams = memoryStreams(TERMINAL);
    const output = outputOn(streams, { stopped: stop.signal });
    const asked = output.confirm('sure?');
    await isAsked(streams);
    stop.abort();
    expect(await asked).toBe(false);
    expect(await output.confirm('really?')).toBe(false);
    expect(streams.err()).toBe('sure? [y/N] \n');
  });

  it('is answered with no by Ctrl-C right before it', async () => {
    const stop = new AbortController();
    const streams = memoryStreams(TERMINAL);
    const asked = outputOn(streams, { stopped: stop.signal }).confirm('sure?');
    stop.abort();
    expect(await asked).toBe(false);
    expect(streams.err()).toBe('sure? [y/N] \n');
  });

  test.each([['stdin'], ['stderr']] as const)('cannot be asked without a terminal on %s', async (missing) => {
    const streams = memoryStreams({ terminals: (['stdin', 'stderr'] as const).filter((name) => name !== missing) });
    const none = new CliError('there is no terminal to ask on: give --yes to go on without being asked');
    expect(() => outputOn(streams).requireTerminal()).toThrow(none);
    await expect(outputOn(streams).confirm('sure?')).rejects.toThrow(none);
  });
});

describe('a question for a text', () => {
  test('is asked on stderr, and answered by the line that is typed', async () => {
    const streams = memoryStreams({ terminals: ['stdin', 'stderr'] });
    const output = outputOn(streams);
    expect(output.canAsk).toBe(true);
    const asked = output.askText('MFA code of arn:aws:iam::123456789012:mfa/someone:');
    streams.stdin.write(' 123456 \n');
    expect(await asked).toBe('123456');
    expect([streams.out(), streams.err()]).toEqual(['', 'MFA code of arn:aws:iam::123456789012:mfa/someone: ']);
  });

  test('has no answer at the end of the input, and cannot be asked without a terminal', async () => {
    const streams = memoryStreams({ terminals: ['stdin', 'stderr'] });
    streams.stdin.end();
    expect(await outputOn(streams).askText('code:')).toBeUndefined();
    expect(outputOn(memoryStreams({ terminals: ['stderr'] })).canAsk).toBe(false);
  });
});
