import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DYNAMODB_LOCAL_DIRECTORY } from './dynamodb-local';
import { whyNoJava } from './java';
import { DECLARED_NODE, RUNTIME_DIRECTORY } from './node-binary';

/*
 * Installs into local/runtime what runs in child processes: the emulators, and only if this machine needs it, Node.js 24 and DynamoDB
 * Local. `npm ci` in the checkout runs it; `npm run prepare` runs it again, for example after Java was installed.
 */

/** The package that has the jar of DynamoDB Local. It is not a dependency: it has more than 300 of its own, which the jar does not need. */
const JAR_PACKAGE = {
  name: 'amplify-dynamodb-simulator@2.9.30',
  integrity: 'sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==',
};
const STAMP = join(DYNAMODB_LOCAL_DIRECTORY, 'INSTALLED');

function npm(cwd: string, ...args: readonly string[]): void {
  execFileSync('npm', [...args, '--loglevel=error'], { cwd, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
}

/** Emulators, and the Node.js that functions declare where the running one is older. */
function installPackages(): void {
  const isOlder = Number(process.versions.node.split('.')[0]) < DECLARED_NODE;
  npm(RUNTIME_DIRECTORY, 'install', '--no-audit', '--no-fund', ...(isOlder ? [] : ['--omit=optional']));
  console.log(isOlder ? `installed Node.js ${DECLARED_NODE} for the functions: this one is ${process.versions.node}` : 'functions run on this Node.js');
}

function installDynamoDbLocal(): void {
  const { name, integrity } = JAR_PACKAGE;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === integrity) return;
  const reason = whyNoJava();
  if (reason !== undefined) {
    console.log(`skipped DynamoDB Local: ${reason}; then run \`npm run prepare\``);
    return;
  }
  const folder = mkdtempSync(join(RUNTIME_DIRECTORY, '.unpacked-'));
  try {
    npm(RUNTIME_DIRECTORY, 'pack', name, '--pack-destination', relative(RUNTIME_DIRECTORY, folder));
    const [tarball] = readdirSync(folder);
    const digest = `sha512-${createHash('sha512').update(readFileSync(join(folder, tarball))).digest('base64')}`;
    if (digest !== integrity) throw new Error(`the tarball of ${name} must have the digest ${integrity}, got: ${digest}`);
    execFileSync('tar', ['-xzf', tarball, 'package/emulator'], { cwd: folder });
    rmSync(DYNAMODB_LOCAL_DIRECTORY, { recursive: true, force: true });
    renameSync(join(folder, 'package', 'emulator'), DYNAMODB_LOCAL_DIRECTORY);
    writeFileSync(STAMP, integrity);
    console.log('installed DynamoDB Local');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

installPackages();
installDynamoDbLocal();
