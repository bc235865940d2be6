import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { childEnvironment, ManagedProcess } from '../../local/emulators/managed-process';
import { nodeBinary } from '../../local/emulators/node-binary';
import { hasPackage } from '../support/test-python';

const PYTHON = process.env.MINISTACK_PYTHON ?? 'python3';
const hasMinistack = hasPackage('ministack', { variable: 'MINISTACK_PYTHON', requirements: 'test/integ/requirements.txt' });
export const describeNeedsMinistack = hasMinistack ? describe : describe.skip;

const CDK = require.resolve('aws-cdk/bin/cdk');
const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** ministack on loopback, bootstrapped. It runs functions as child processes: no Docker. */
export class Ministack extends ManagedProcess {
  static async start(): Promise<Ministack> {
    const directory = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-ministack-'));
    const ministack = new Ministack(await freePort(), directory);
    try {
      await ministack.listening();
      await ministack.cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
      return ministack;
    } catch (error) {
      await ministack.stop();
      throw error;
    }
  }

  /** For SDK clients and the CDK CLI. */
  readonly environment: Readonly<Record<string, string>>;

  private constructor(port: number, private readonly directory: string) {
    // The argument is what it listens on. `GATEWAY_PORT` is in the URLs that it hands out.
    super(spawn(PYTHON, [join(__dirname, 'process', 'start_ministack.py'), `127.0.0.1:${port}`], {
      cwd: directory,
      env: childEnvironment({
        PATH: [dirname(nodeBinary()), process.env.PATH].join(delimiter),
        TMPDIR: directory,
        GATEWAY_PORT: String(port),
        MINISTACK_ACCOUNT_ID: ACCOUNT,
        LOG_LEVEL: 'ERROR',
      }),
      stdio: ['pipe', 'ignore', 'pipe'],
    }), { name: 'ministack' });
    this.environment = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
    };
  }

  get endpoint(): string {
    return this.environment.AWS_ENDPOINT_URL;
  }

  /** Deploys a stack of a cloud assembly with the CDK CLI, and returns its outputs. */
  async deploy(stackName: string, assembly: string): Promise<Record<string, string>> {
    const outputs = join(this.directory, `${stackName}.json`);
    await this.cdk('deploy', stackName, '--app', assembly, '--require-approval', 'never', '--outputs-file', outputs);
    return (JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Record<string, string>>)[stackName];
  }

  async destroy(stackName: string, assembly: string): Promise<void> {
    await this.cdk('destroy', stackName, '--app', assembly, '--force');
  }

  override async stop(): Promise<void> {
    await super.stop(10_000);
    rmSync(this.directory, { recursive: true, force: true });
  }

  protected requestStop(): void {
    this.process.stdin!.end();
  }

  private async listening(): Promise<void> {
    for (const end = Date.now() + 60_000; this.running && Date.now() < end; await sleep(100)) {
      const answer = await fetch(`${this.endpoint}/_ministack/health`).catch(() => undefined);
      if (answer?.ok) return;
    }
    throw new Error(`ministack does not answer at ${this.endpoint}`);
  }

  private async cdk(...args: readonly string[]): Promise<void> {
    // Its own home: the CLI remembers accounts by access key.
    const env = childEnvironment({ ...this.environment, HOME: this.directory, CDK_DISABLE_CLI_TELEMETRY: 'true' });
    await promisify(execFile)(process.execPath, [CDK, ...args, '--no-notices'], { cwd: this.directory, env });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
