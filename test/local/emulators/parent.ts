// A parent process for child.test.ts to kill: starts the emulators, says which processes they are, and waits.
import { spawnChild } from '../../../local/emulators/child';
import { startEmulators } from '../../../local/emulators/emulators';

async function main() {
  const extra = spawnChild({ name: 'extra', script: process.argv[2] });
  await startEmulators({ accountId: '123456789012', region: 'us-east-1' });
  await extra.listening();
  process.stdout.write('ready\n');
  setInterval(() => {}, 60_000);
}

void main();
