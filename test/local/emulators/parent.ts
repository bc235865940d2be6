// A parent process for child.test.ts to kill: starts the emulators, says which processes they are, and waits.
import { startEmulators } from '../../../local/emulators/emulators';
import { startNodeProcess } from '../../../local/emulators/node-process';

async function main() {
  const extra = startNodeProcess({ name: 'extra', script: process.argv[2] });
  await startEmulators({ accountId: '123456789012', region: 'us-east-1' });
  await extra.listening();
  process.stdout.write('ready\n');
  setInterval(() => {}, 60_000);
}

void main();
