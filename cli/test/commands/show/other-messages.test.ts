import { UNDELIVERABLE_REASON } from '../../../../src/contract';
import { notificationText } from '../../../../test/support/records';
import { run, type ShowOptions } from '../../../commands/show/run';
import { Operation, QUEUE, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { showOptions } from '../../support/peek-options';

let operation: Operation;
beforeEach(() => (operation = new Operation()));
afterEach(() => operation.close());

const showIt = (id: string, given: Partial<ShowOptions> = {}, json = false) => operation.run({ run }, showOptions(given), { args: [id], json });

describe('what is no dead letter', () => {
  test('is shown as it is, with why it is none', async () => {
    operation.sqs.put(QUEUE, { messageId: 'strange', body: 'some \u001b[31mtext' });
    const { exitCode, out } = await showIt('strange');
    expect(exitCode).toBe(0);
    expect(out).toContain('what      not a dead letter: the body must be JSON');
    expect(out).toContain(String.raw`some \u001b[31mtext`);
    expect((await showIt('strange', {}, true)).document).toMatchObject({ message: { notADeadLetter: expect.any(String) }, body: 'some \u001b[31mtext' });
  });

  test('is shown with where it came from and what is in it, where it is an undeliverable', async () => {
    operation.sqs.put(UNDELIVERABLE_QUEUE, {
      messageId: 'undeliverable', body: notificationText({ version: '1.0' }),
      attributes: { [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: 'timestamp must be a time' } },
    });
    const { out } = await showIt('undeliverable', { undeliverables: true });
    expect(out).toContain('from      hydrate function\nreason    timestamp must be a time\n');
    expect(out).toContain('what could not become a dead letter\n  {\n    "version": "1.0"\n  }\n\nbody\n  {\n    "Type": "Notification",');
    expect((await showIt('undeliverable', { undeliverables: true }, true)).document).toMatchObject({
      content: 'undeliverables', message: { origin: 'hydrate function', reason: 'timestamp must be a time' }, subject: '{"version":"1.0"}',
    });
  });

  test('is shown without, where nothing is known of it', async () => {
    operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId: 'undeliverable', body: 'text' });
    const { out } = await showIt('undeliverable', { undeliverables: true });
    expect(out).toContain('from      unknown\n');
    expect(out).not.toContain('what could not become');
  });
});
