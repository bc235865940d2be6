import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DIST, ENVIRONMENT, OPERATOR, PACKAGE, tool, TOOL, version } from '../support/bundled-tool';

describe('the tool, bundled', () => {
  it('can be run by its name', () => {
    expect(readFileSync(TOOL, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    if (process.platform !== 'win32') {
      expect(statSync(TOOL).mode & 0o111).toBe(0o111);
      expect(spawnSync(TOOL, ['--version'], { env: process.env, encoding: 'utf8' }).stdout).toBe(`${version}\n`);
    }
  });

  it('loads the parser for --help, and nothing of AWS', async () => {
    const loaded = await tool(['--help'], { ...ENVIRONMENT, NODE_OPTIONS: `--import ${JSON.stringify(`data:text/javascript,${encodeURIComponent(LOADED)}`)}` });
    expect(loaded.code).toBe(0);
    const bytes = loaded.err.trim().split('\n').filter((file) => file.startsWith(DIST)).map((file) => statSync(file).size);
    expect(bytes.length).toBeGreaterThan(1);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(150_000);
  });

  it('brings the licences of what is in it', () => {
    const licences = readFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'cli-table3', 'cli-progress', 'picocolors', '@aws-sdk/client-sqs', '@bomb.sh/tab']) expect(licences).toContain(`${name}@`);
  });

  it('holds no path of the machine it was made on', () => {
    const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.mjs'));
    expect(files.filter((file) => readFileSync(join(DIST, file), 'utf8').includes(join(PACKAGE, '..')))).toEqual([]);
  });

  test.each<[string, string[], NodeJS.ProcessEnv, number, RegExp]>([
    ['wrong use', ['queues', '--nonsense'], ENVIRONMENT, 2, /^error: unknown option '--nonsense'\n\(see --help\)\n$/],
    ['no region', ['queues'], ENVIRONMENT, 3, /^error: no AWS region: give --region, .*\n$/],
    ['no credentials', ['queues', '--region', 'us-east-1'], ENVIRONMENT, 3, /^error: no AWS credentials: set AWS_PROFILE .*\n$/],
    ['no such profile', ['queues', '--region', 'us-east-1', '--profile', 'ops'], ENVIRONMENT, 2,
      /^error: profile ops is not found in \S+none or \S+none: check --profile \(.*\), or add it with "aws configure --profile ops"\n$/],
    ['no such profile in AWS_PROFILE', ['queues'], { ...OPERATOR, AWS_PROFILE: 'ops' }, 2, /^error: profile ops is not found in .*: check AWS_PROFILE \(/],
    ['nobody at the endpoint', ['queues', '--endpoint-url', 'http://127.0.0.1:1'], OPERATOR, 3, /^error: no response from --endpoint-url http:\/\/127.0.0.1:1 \(ECONNREFUSED/],
    ['no queue', ['policy', '--read'], OPERATOR, 2, /^error: which queue\? .*\n$/],
  ])('ends with one message, and no warning of the SDK: %s', async (_, args, env, code, message) => {
    const ended = await tool(args, env);
    expect([ended.code, ended.out]).toEqual([code, '']);
    expect(ended.err).toMatch(message);
    expect(ended.err).not.toMatch(/NodeVersionSupportWarning|\n {4}at /);
  });

  it('prints the one document of --json for wrong use, too', async () => {
    const { code, out, err } = await tool(['queues', '--nonsense', '--json']);
    expect([code, JSON.parse(out)]).toEqual([2, { command: 'queues', version: 1, error: { message: err.trim(), exitCode: 2 } }]);
    expect(err).toMatch(/unknown option '--nonsense'/);
  });

  test.each(['bash', 'zsh', 'fish', 'powershell'])('prints what completes it in a shell: %s', async (shell) => {
    const { code, out, err } = await tool(['completion', shell]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/stream-dlq complete '?--/);
  });

  it('completes commands and options, a line each', async () => {
    const commands = (await tool(['complete', '--', 'que'])).out;
    expect(commands).toBe('queues\tlist the dead-letter queues of the account and region, with message counts\n:4\n');
    expect((await tool(['complete', '--', 'policy', '--to'])).out).toMatch(/^--to-stream\t/);
  });

  it.each([
    ['ls', '--from', ''], ['show', '3f2a', '--from', './r'], ['redrive', '--from=r'], ['import', ''], ['export', '--force', 'x'], ['discard', '--export', ''],
  ])('has the shell complete names of files: %s %s %s', async (...words) => {
    expect((await tool(['complete', '--', ...words])).out).toBe(':0\n');
  });

  it.each([['ls', ''], ['ls', '--by', ''], ['ls', '--fr'], ['export', '--stack', ''], ['discard', '--from', '']])('and of nothing else: %s %s', async (...words) => {
    expect((await tool(['complete', '--', ...words])).out).toMatch(/(^|\n):4\n$/);
  });

  it('has bash complete files where its script finds nothing', async () => {
    expect((await tool(['completion', 'bash'])).out).toMatch(/\ncomplete -o default -F __stream_dlq_complete stream-dlq\n$/);
  });

  it('is refused a shell that it does not know', async () => {
    expect(await tool(['completion', 'tcsh'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('the tool, against an AWS', () => {
  let server: Server;
  let url: string;
  /** What the AWS does with a request. */
  let answer: (target: string) => { readonly status: number; readonly body: unknown } | undefined;
  const requests: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const target = String(request.headers['x-amz-target'] ?? request.url);
      requests.push(`${target} ${request.headers['user-agent']}`);
      const answered = answer(target);
      if (answered) response.writeHead(answered.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answered.body));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => requests.splice(0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('lists no queues where there are none, and says who asks', async () => {
    answer = () => ({ status: 200, body: { ResourceTagMappingList: [], PaginationToken: '' } });
    const { code, out, err } = await tool(['queues', '--json', '--endpoint-url', url], OPERATOR);
    expect([code, JSON.parse(out), err]).toEqual([0, { command: 'queues', version: 1, region: 'us-east-1', queues: [] }, '']);
    // For functions, and for native dead-letter queues.
    expect(requests).toEqual(Array(2).fill(expect.stringMatching(/^ResourceGroupsTaggingAPI_20170126.GetResources .*stream-dlq\//)));
  });

  it('names the permission that is missing', async () => {
    answer = () => ({ status: 400, body: { __type: 'AccessDeniedException', message: 'User: me is not authorized to perform: tag:GetResources' } });
    expect(await tool(['queues', '--endpoint-url', url], OPERATOR)).toEqual({
      code: 3, out: '', err: `error: not allowed: tag:GetResources, for me\n\`npx stream-dlq policy --read --stack NAME --endpoint-url ${url}\`, ` +
        'run by an administrator, prints the policy that allows it\n',
    });
  });

  if (process.platform !== 'win32') {
    test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops at the second %s, however long an answer takes', async (signal) => {
      answer = () => undefined;
      const child = spawn(process.execPath, [TOOL, 'queues', '--endpoint-url', url], { env: OPERATOR, stdio: ['ignore', 'pipe', 'pipe'] });
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => {
        const before = err;
        err += chunk.toString();
        if (!before.includes('once more') && err.includes('once more')) child.kill(signal);
      });
      while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      child.kill(signal);
      expect(await ended).toBe(130);
      expect(err).toBe(
        '\nstopping: what is under way comes to its end; once more to stop at once\nerror: stopped; the same command goes on where this one ended\n',
      );
    });
  }

  if (existsSync('/dev/full')) {
    test.each([['queues'], ['queues', '--json']])('says that its result could not be written: %s %s', async (...args) => {
      answer = () => ({ status: 200, body: { ResourceTagMappingList: [], PaginationToken: '' } });
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [TOOL, ...args, '--endpoint-url', url], { env: OPERATOR, stdio: ['ignore', full, 'pipe'] });
      closeSync(full);
      let err = '';
      child.stderr!.on('data', (chunk: Buffer) => {
        err += chunk.toString();
      });
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
      expect(err).toContain('error: cannot write the result to stdout: ENOSPC: no space left on device, write\n');
    });
  }

  it('does not mind that nobody reads its help', async () => {
    for (const args of [['--help'], ['show', '--help'], ['queues', '--nonsense']]) {
      const child = spawn(process.execPath, [TOOL, ...args], { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.destroy();
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString();
      });
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(args.includes('--nonsense') ? 2 : 0);
      expect(err).not.toMatch(/EPIPE|node:events/);
    }
  });

  it('does not mind that nobody reads what it prints', async () => {
    answer = () => ({ status: 200, body: { ResourceTagMappingList: [], PaginationToken: '' } });
    const child = spawn(process.execPath, [TOOL, 'queues', '--json', '--endpoint-url', url], { env: OPERATOR, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(err).toBe('');
  });
});

/** Run inside of the tool before anything else: says on stderr which files are loaded. */
const LOADED = `
  import { register } from 'node:module';
  const hooks = 'import { writeSync } from "node:fs"; import { fileURLToPath } from "node:url";' +
    'export async function load(url, context, next) { if (url.startsWith("file:")) writeSync(2, fileURLToPath(url) + "\\\\n"); return next(url, context); }';
  register('data:text/javascript,' + encodeURIComponent(hooks));
`;
