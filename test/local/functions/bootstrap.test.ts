import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { nodeBinary } from '../../../local/emulators/node-binary';
import { Functions } from './fixture';

const BOOTSTRAP = path.join(__dirname, '../../../local/functions/bootstrap.mjs');
let functions: Functions;

beforeEach(() => {
  functions = new Functions();
});

afterEach(async () => {
  await functions.clean();
});

it.each([
  ['waits for an event', false],
  ['handles one', true],
])('ends when the channel to its parent closes while it %s, as it does when the parent is killed', async (_, busy) => {
  const directory = functions.directory({
    'index.js': 'exports.handler = async () => { process.stdout.write("busy"); await new Promise((r) => setTimeout(r, 600_000)); };',
  });
  const child = fork(BOOTSTRAP, [], {
    execPath: nodeBinary(),
    execArgv: [],
    env: { LAMBDA_TASK_ROOT: directory, _HANDLER: 'index.handler' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  await once(child, 'message');
  if (busy) {
    child.send({ id: '1', payload: '{}', context: {}, deadline: Date.now() + 600_000 });
    await once(child.stdout!, 'data');
  }
  const ended = once(child, 'exit');
  child.disconnect();
  expect(await ended).toEqual([1, null]);
});
