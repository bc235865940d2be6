import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeOrders } from '../../../local/demo/orders';
import { errorInLog } from '../../reason/error-in-log';
import { fingerprintOf } from '../../reason/fingerprint';
import { invocation, REQUEST_ID, TIME } from './corpus/log-case';

/** Calls the processor of the demo with each record, and prints each error as the runtime of Node.js logs it. */
const PROGRAM = `
const { handler } = await import(process.argv[1]);
console.log = () => {};
const errors = [];
for (const data of JSON.parse(process.argv[2])) {
  await handler({ Records: [{ kinesis: { data, sequenceNumber: '1' } }] }).catch((error) => errors.push({
    errorType: error.name, errorMessage: error.message, stack: error.stack.split('\\n'),
  }));
}
process.stdout.write(JSON.stringify(errors));
`;

function errorsOf(records: readonly Uint8Array[]): readonly object[] {
  const processor = pathToFileURL(resolve(__dirname, '../../../examples/typescript/orders/processor/index.mjs')).href;
  const data = JSON.stringify(records.map((it) => Buffer.from(it).toString('base64')));
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, processor, data], { encoding: 'utf8' })) as object[];
}

test('the six poison records of the demo have three reasons, whichever orders they are', () => {
  const poisons = [60, 120].flatMap((count) => makeOrders(count)).filter(({ poison }) => poison !== undefined);
  const groups = new Map<string, { type: string; poisons: Set<string> }>();
  for (const [index, error] of errorsOf(poisons.map(({ data }) => data)).entries()) {
    const found = errorInLog(
      invocation(`${TIME}\t${REQUEST_ID}\tERROR\tInvoke Error \t${JSON.stringify(error)}\n`).map((message) => ({ time: new Date(TIME), message })), REQUEST_ID,
    )!;
    const id = fingerprintOf(found);
    const group = groups.get(id) ?? { type: found.type, poisons: new Set() };
    groups.set(id, { ...group, poisons: group.poisons.add(poisons[index].poison!) });
  }
  expect([...groups.values()].map(({ type, poisons: inGroup }) => [type, [...inGroup]])).toEqual([
    ['Error', ['no quantity', 'quantity 0', 'quantity in words', 'empty']],
    ['SyntaxError', ['cut off']],
    ['SyntaxError', ['not text']],
  ]);
});
