import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync, mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NodeProcess, startNodeProcess } from '../../../local/emulators/node-process';
import { isAlive } from './is-alive';

const ECHO = join(__dirname, 'echo-server.js');
const children: NodeProcess[] = [];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'child-'));
});

afterEach(async () => {
  await Promise.all(children.splice(0).map(async (child) => child.stop()));
  rmSync(directory, { recursive: true });
});

function start(options: Partial<Parameters<typeof startNodeProcess>[0]> = {}): NodeProcess {
  const child = startNodeProcess({ name: 'echo', script: ECHO, ...options });
  children.push(child);
  return child;
}

function script(code: string): string {
  const file = join(directory, 'script.js');
  writeFileSync(file, code);
  return file;
}

async function ask(port: number): Promise<AddressInfo> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

function childrenOf(parent: number): number[] {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return processes.flatMap((line) => {
    const [pid, ppid] = line.trim().split(/\s+/).map(Number);
    return ppid === parent ? [pid] : [];
  });
}

async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await sleep(20);
}

test('a server that binds every interface is confined to loopback', async () => {
  const port = await start().listening();
  expect(await ask(port)).toEqual({ address: '127.0.0.1', family: 'IPv4', port });
});

test('a port that is a label can be taken already: the child gets a free one', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const taken = (holder.address() as AddressInfo).port;
  try {
    const port = await start({ portLabels: true, env: { PORT: String(taken) } }).listening({ label: taken });
    expect(port).not.toBe(taken);
    expect((await ask(port)).port).toBe(port);
  } finally {
    holder.close();
  }
});

test('a child that cannot listen fails with what it wrote to stderr', async () => {
  const child = start({ script: script('throw new Error("no luck today")') });
  await expect(child.listening()).rejects.toThrow(
    /^echo ended before it listened \(exit code 1\), stderr: [^]*no luck today/,
  );
});

test('a child that never listens is stopped after the time it was given', async () => {
  const child = start({ script: script('setInterval(() => {}, 1000)') });
  await expect(child.listening({ timeoutMs: 200 })).rejects.toThrow('echo ended after not listening for 200 ms');
  expect(isAlive(child.pid!)).toBe(false);
});

test('the environment of this process is not handed down', async () => {
  process.env.AWS_PROFILE = 'somebody';
  try {
    const child = start({
      script: script(
        'require("fs").writeFileSync(process.env.OUT, JSON.stringify(process.env)); require("net").createServer().listen(0)',
      ),
      env: { OUT: join(directory, 'env.json') },
    });
    await child.listening();
    const environment = JSON.parse(readFileSync(join(directory, 'env.json'), 'utf8'));
    expect(environment).toHaveProperty('PATH');
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    expect(environment).not.toHaveProperty('NODE_ENV');
  } finally {
    delete process.env.AWS_PROFILE;
  }
});

test('stop waits until the process is gone, and can be called again', async () => {
  const child = start();
  await child.listening();
  await child.stop();
  expect(isAlive(child.pid!)).toBe(false);
  await child.stop();
});

test('a child that is stuck in a loop is killed', async () => {
  const child = start({ script: script('require("fs").writeSync(1, "stuck"); for (;;);'), stdout: 'pipe' });
  await once(child.process.stdout!, 'data');
  await child.stop(100);
  expect(await child.exited).toBe('signal SIGKILL');
});

test('Ctrl-C does not end a child: its parent decides', async () => {
  const child = start();
  const port = await child.listening();
  process.kill(child.pid!, 'SIGINT');
  await expect(ask(port)).resolves.toMatchObject({ port });
});

test('an end that nobody asked for is warned about', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation();
  const child = start().warnOnExit();
  await child.listening();
  process.kill(child.pid!, 'SIGKILL');
  await child.exited;
  await sleep(0);
  expect(warned).toHaveBeenCalledWith('echo ended unexpectedly (signal SIGKILL)');
  warned.mockRestore();
});

const onUnix = process.platform === 'win32' ? test.skip : test;

onUnix.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('no child outlives a parent that got %s', async (signal) => {
  const parent = spawn(
    process.execPath,
    ['--require', 'ts-node/register/transpile-only', join(__dirname, 'parent.ts'), ECHO],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TS_NODE_PROJECT: join(__dirname, '../../../tsconfig.dev.json') },
    },
  );
  await once(parent.stdout!, 'data');
  const pids = childrenOf(parent.pid!);
  expect(pids).toHaveLength(3);
  expect(pids.every(isAlive)).toBe(true);

  parent.kill(signal);
  await once(parent, 'exit');
  await untilGone(pids);
});
