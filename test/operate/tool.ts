import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Operator } from '../../local/operator';

const PROGRAM = resolve(__dirname, '..', '..', 'cli', 'bin', 'stream-dlq.mjs');
/** No command of these tests takes nearly as long: one that does hangs. */
const LONGEST_MILLIS = 120_000;

/** What a command has left behind. */
export interface CommandResult {
  /** null: it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The bundled tool as its users run it: a process of its own, with the credentials of an operator and a home of its own. */
export class Tool {
  /** Home of its user, and where it is run. */
  readonly folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-tool-'));

  constructor(private readonly operator: Pick<Operator, 'roleArn' | 'environment'>) {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} must be there: bundle it with \`npx projen bundle\``);
  }

  /** Whose requests are its. */
  get roleArn(): string {
    return this.operator.roleArn;
  }

  /** Begins a command. */
  start(...args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<CommandResult> } {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, ...this.operator.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MILLIS,
      killSignal: 'SIGKILL',
    });
    return { child, ended: ending(child) };
  }

  /** Runs a command to its end. */
  async run(...args: readonly string[]): Promise<CommandResult> {
    return this.start(...args).ended;
  }

  /** The document of a command that is run with --json, and its exit code. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any JSON: what it holds is what a test asserts
  async json(...args: readonly string[]): Promise<{ readonly exitCode: number | null; readonly document: any; readonly stderr: string }> {
    const { exitCode, stdout, stderr } = await this.run(...args, '--json');
    try {
      return { exitCode, document: JSON.parse(stdout), stderr };
    } catch {
      throw new Error(`${args.join(' ')} --json must print one JSON document, got: ${JSON.stringify(stdout)}, and on stderr: ${stderr}`);
    }
  }

  /** Lines of the audit log that nobody named another file for. */
  get auditLines(): readonly Record<string, unknown>[] {
    const file = join(this.folder, '.local', 'state', 'stream-dlq', 'audit.jsonl');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function ending(child: ChildProcess): Promise<CommandResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}
