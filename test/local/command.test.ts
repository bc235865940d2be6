import { runCommand } from '../../local/command';

/** Runs a command with these arguments. Returns its exit code and what it printed. */
async function run(args: string[], outcome: () => Promise<number> = async () => 0) {
  const before = { argv: process.argv, exitCode: process.exitCode };
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    });
  }
  const settings = jest.fn(({ size }: { size?: unknown }) => {
    if (size !== 'big') throw new Error(`--size must be big, got: ${String(size)}`);
    return 'settled';
  });
  process.argv = ['node', 'command', ...args];
  try {
    const ran = jest.fn(outcome);
    await runCommand({ usage: 'USAGE\n', options: { size: { type: 'string', default: 'big' } }, settings, run: ran });
    return { code: process.exitCode, ran, ...printed };
  } finally {
    process.argv = before.argv;
    process.exitCode = before.exitCode;
  }
}

describe('a command', () => {
  afterEach(() => jest.restoreAllMocks());

  test.each([0, 1, 130])('ends with the code that it returns: %d', async (code) => {
    const result = await run([], async () => code);
    expect(result).toMatchObject({ code, stdout: '', stderr: '' });
    expect(result.ran).toHaveBeenCalledWith('settled');
  });

  test.each(['--help', '-h'])('says how it is used: %s', async (option) => {
    const { ran, stdout } = await run([option]);
    expect(stdout).toBe('USAGE\n');
    expect(ran).not.toHaveBeenCalled();
  });

  test.each([
    [['--nope'], /^Unknown option '--nope'/],
    [['--size', 'small'], /^--size must be big, got: small\n\nUSAGE\n$/],
  ])('ends with 2 where an option is wrong: %p', async (args, told) => {
    const { code, ran, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
    expect(ran).not.toHaveBeenCalled();
  });

  test('ends with 1 where it fails, and says why', async () => {
    const { code, stderr } = await run([], async () => Promise.reject(new Error('no ports left')));
    expect(code).toBe(1);
    expect(stderr).toContain('no ports left');
  });
});
