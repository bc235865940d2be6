import { spawn, type ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import { nodeBinary } from '../emulators/node-binary';
import type { FunctionSpec } from './function-spec';

/** The Python that runs functions: the one that LOCAL_PYTHON names, else `python3`. Its packages stand for those of Lambda and of layers. */
export function pythonBinary(): string {
  return process.env.LOCAL_PYTHON ?? 'python3';
}

/** Whether functions of a runtime can be run: those of Node.js and Python. */
export function isSupportedRuntime(runtime: string): boolean {
  return /^(nodejs\d+\.x|python3\.\d+)$/.test(runtime);
}

/** What to write instead of a runtime that cannot be run. */
export const SUPPORTED_RUNTIMES = 'a Node.js or Python runtime, such as nodejs24.x or python3.13';

/** Starts the process of an execution environment. It talks to its parent over the IPC channel of Node.js, whatever its language. */
export function startRuntime(spec: FunctionSpec, environment: Record<string, string>): ChildProcess {
  const [binary, ...args] = spec.runtime.startsWith('python') ? pythonCommand() : nodeCommand(spec);
  return spawn(binary, args, { cwd: spec.codeDirectory, env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

function nodeCommand({ memorySize }: FunctionSpec): readonly [string, ...string[]] {
  return [
    nodeBinary(),
    `--max-old-space-size=${Math.floor(memorySize * 0.9)}`,
    `--max-semi-space-size=${Math.max(1, Math.floor(memorySize * 0.05))}`,
    path.join(__dirname, 'bootstrap.mjs'),
  ];
}

/** Without bytecode files, which would be written into the code of the function. */
function pythonCommand(): readonly [string, ...string[]] {
  return [pythonBinary(), '-B', path.join(__dirname, 'bootstrap.py')];
}
