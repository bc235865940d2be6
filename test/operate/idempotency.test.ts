import { describeNeedsJava } from '../support/java';
import { hasPackage } from '../support/test-python';
import { type Language, LANGUAGES, type Mode, type Payment, Payments, TIMEOUT } from './payments';

const EXPIRY_SECONDS = 50 * 86_400;

const hasPowertools: Readonly<Record<Language, boolean>> = { typescript: true, python: hasPackage('aws-lambda-powertools') };

/** What the tool says of a payment in progress. Powertools for TypeScript names no record where all of a batch fail. */
const IN_PROGRESS: Readonly<Record<Language, RegExp>> = { typescript: /FullBatchFailureError/, python: /already in progress/ };

/** Payments on an account of its own for each test. Each payment is one cent. */
function paymentsOn(account: string, count: number): Payment[] {
  return Array.from({ length: count }, (_, index) => ({ paymentId: `${account}-${index}`, account, cents: 1 }));
}

describe.each(LANGUAGES)('the example `idempotency` in %s', (language) => {
  (hasPowertools[language] ? describeNeedsJava : describe.skip)('with Powertools and DynamoDB', () => {
    let stage: Payments;

    beforeAll(async () => {
      stage = await Payments.start(language);
    });

    afterAll(async () => stage?.stop());

    const redrive = async (mode: Mode, ...options: readonly string[]) => {
      const { exitCode, stdout, stderr } = await stage.tool.run('redrive', ...options, '--yes');
      return { exitCode, text: stdout + stderr, left: (await stage.deadLetters(mode)).visible };
    };

    /** Has all payments become dead letters, by balances that cannot be changed. */
    const fail = async (mode: Mode, payments: readonly Payment[]) => {
      const restore = stage.failBalances(mode);
      await stage.publish(mode, payments);
      restore();
    };

    test.each([
      ['once', 6],
      ['everyTime', 12],
    ] as const)('every record is redriven twice: %s, %s of 6 cents are booked', async (mode, cents) => {
      await fail(mode, paymentsOn('twice', 6));
      expect([await stage.balanceOf(mode, 'twice'), (await stage.deadLetters(mode)).visible]).toEqual([0, 2]);

      expect((await stage.tool.run('export', '--stack', mode, `${mode}.jsonl.gz`)).exitCode).toBe(0);
      expect(await redrive(mode, '--from', `${mode}.jsonl.gz`)).toMatchObject({ exitCode: 0, left: 2 });
      expect(await stage.balanceOf(mode, 'twice')).toBe(6);

      expect(await redrive(mode, '--stack', mode)).toMatchObject({ exitCode: 0, left: 0 });
      expect(await stage.balanceOf(mode, 'twice')).toBe(cents);
    });

    test('a record that is put into the stream again is known by its payment, not by its sequence number', async () => {
      await fail('once', paymentsOn('stream', 3));
      expect((await stage.tool.run('export', '--stack', 'once', 'stream.jsonl.gz')).exitCode).toBe(0);
      expect(await redrive('once', '--from', 'stream.jsonl.gz')).toMatchObject({ exitCode: 0 });
      expect(await redrive('once', '--stack', 'once', '--to-stream')).toMatchObject({ exitCode: 0, left: 0 });
      await stage.pipeline.settle();
      expect(await stage.balanceOf('once', 'stream')).toBe(3);
    });

    test.each([
      ['once', 2],
      ['everyTime', 4],
    ] as const)('records beside one that fails are in its dead letter: a redrive processes them again, %s: %s cents are booked', async (mode, cents) => {
      // Without `cents`, the first payment fails; the batch processor goes on with the others.
      const poison = { paymentId: 'batch-poison', account: 'batch' } as Payment;
      await stage.publish(mode, [poison, ...paymentsOn('batch', 2)]);
      expect([await stage.balanceOf(mode, 'batch'), (await stage.deadLetters(mode)).visible]).toEqual([2, 1]);
      expect(await redrive(mode, '--stack', mode)).toMatchObject({ exitCode: 1, left: 1 });
      expect(await stage.balanceOf(mode, 'batch')).toBe(cents);
      const discard = ['--stack', mode, '--all', '--no-export', '--yes-for-good', '--reason', 'test', '--yes'];
      expect((await stage.tool.run('discard', ...discard)).exitCode).toBe(0);
    });

    test('the items outlive the dead letters', async () => {
      const now = Date.now() / 1000;
      const items = await stage.items('once');
      expect(items.length).toBeGreaterThan(6);
      for (const { status, expiration } of items) {
        expect(status).toBe('COMPLETED');
        expect(expiration).toBeGreaterThan(now + EXPIRY_SECONDS - 600);
        expect(expiration).toBeLessThan(now + EXPIRY_SECONDS + 600);
      }
      expect(await stage.items('everyTime')).toEqual([]);
    });

    test('a payment that a timeout interrupts is booked by the next redrive', async () => {
      const restore = stage.hangBalances('once');
      await stage.publish('once', paymentsOn('timeout', 1));
      restore();
      expect(await inProgress()).toHaveLength(1);
      expect(await stage.deadLetters('once')).toMatchObject({ visible: 1 });
      expect(await redrive('once', '--stack', 'once')).toMatchObject({ exitCode: 0, left: 0 });
      expect([await stage.balanceOf('once', 'timeout'), await inProgress()]).toEqual([1, []]);
    });

    test('a payment that a crash interrupts is locked until its invocation would have timed out', async () => {
      const restore = stage.hangBalances('once', () => stage.crash('once'));
      await stage.publish('once', paymentsOn('crash', 1));
      restore();
      const [{ inProgressUntil }] = await inProgress();
      const locked = await redrive('once', '--stack', 'once');
      // A machine that is slow may take longer than the timeout to get here.
      if (Date.now() < inProgressUntil) expect(locked).toMatchObject({ exitCode: 1, left: 1, text: expect.stringMatching(IN_PROGRESS[language]) });
      expect(inProgressUntil).toBeLessThan(Date.now() + TIMEOUT.toMilliseconds());

      while (Date.now() <= inProgressUntil) await new Promise((resolve) => setTimeout(resolve, 50));
      if (locked.exitCode !== 0) expect(await redrive('once', '--stack', 'once')).toMatchObject({ exitCode: 0, left: 0 });
      expect([await stage.balanceOf('once', 'crash'), await inProgress()]).toEqual([1, []]);
    });

    test('the processor was refused nothing but what the tests took from it', () => {
      const refused = new Set(stage.pipeline.cloud.account.denials.map(({ action }) => action));
      expect([...refused]).toEqual(['dynamodb:UpdateItem']);
    });

    const inProgress = async () => (await stage.items('once')).filter(({ status }) => status === 'INPROGRESS');
  });
});

