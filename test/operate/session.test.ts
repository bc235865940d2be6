import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument } from '../../local/account';
import { OperatorSession } from './operator-session';

let stage: OperatorSession;

beforeAll(async () => {
  stage = await OperatorSession.start('Orders', 'Captured', 'Filtered', 'Ordered');
});

afterAll(async () => stage?.stop());

/** Everything is visible, nothing is held back. */
const visible = (count: number) => ({ visible: count, inFlight: 0 });
const ORDERS = ['--stack', 'Orders'];

describe('a night with dead letters', () => {
  const good = Array.from({ length: 24 }, (_, index) => `good-${index}`);
  const poison = Array.from({ length: 6 }, (_, index) => `poison-${index}`);

  it('begins with records that fail, each in a dead letter of its own', async () => {
    // Each poison record between good ones.
    await stage.publish('Orders', ...good.map((name, index) => (index % 4 === 1 ? [poison[(index - 1) / 4], name] : [name])).flat());
    expect(await stage.deadLetters('Orders')).toEqual(visible(poison.length));
    expect([...stage.processors.Orders.processed].sort()).toEqual([...good].sort());
  });

  it('finds the queue, and how much is in it', async () => {
    const { exitCode, document } = await stage.tool.json('queues');
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ command: 'queues', version: 1 });
    expect(document.queues).toHaveLength(4);
    expect(document.queues[0]).toMatchObject({ queueUrl: stage.queueUrl('Orders'), stack: 'Orders', visible: 6, undeliverable: 0 });
  });

  it('shows what failed and why, as often as one looks, and leaves all where it is', async () => {
    for (let look = 1; look <= 2; look++) {
      const { exitCode, document } = await stage.tool.json('ls', ...ORDERS);
      expect([exitCode, document.looked, document.matched]).toEqual([0, 6, 6]);
      expect(document.summary).toMatchObject({ status: { COMPLETE: 6 }, condition: { RetryAttemptsExhausted: 6 } });
      expect(document.messages.map(({ receives }: { receives: number }) => receives)).toEqual(poison.map(() => look));
      expect(await stage.deadLetters('Orders')).toEqual(visible(6));
    }
    const { stdout, exitCode } = await stage.tool.run('ls', ...ORDERS);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('6 dead letters in ');
  });

  it('shows the record itself', async () => {
    const { document } = await stage.tool.json('ls', ...ORDERS);
    const [{ deadLetterId }] = document.messages;
    const { exitCode, stdout } = await stage.tool.run('show', deadLetterId.slice(0, 6), ...ORDERS);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/poison-\d/);
    expect(stdout).toContain(deadLetterId);
    const shown = await stage.tool.json('show', deadLetterId, ...ORDERS);
    expect(shown.document).toMatchObject({ message: { deadLetterId, status: 'COMPLETE' }, recordCount: 1 });
    expect(shown.document.records[0].data).toMatch(/^poison-\d$/);
  });

  it('sends nothing without being told to, on no terminal', async () => {
    const { exitCode, stderr } = await stage.tool.run('redrive', ...ORDERS);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--yes');
    const dry = await stage.tool.json('redrive', ...ORDERS, '--dry-run');
    expect([dry.exitCode, dry.document.dryRun, dry.document.messages.length]).toEqual([0, true, 6]);
    expect(await stage.deadLetters('Orders')).toEqual(visible(6));
  });

  it('loses nothing to a processor that is still broken, and says why it fails', async () => {
    const processed = stage.processedBy('Orders');
    const { exitCode, document } = await stage.tool.json('redrive', ...ORDERS, '--yes');
    expect(exitCode).toBe(1);
    expect(document.counts).toMatchObject({ sent: 0, failed: 6 });
    expect(document.reasons.map(({ reason }: { reason: object }) => reason)).toEqual(
      expect.arrayContaining(poison.map((name) => ({ name: 'TypeError', message: `${name} has no quantity` }))),
    );
    expect(await stage.deadLetters('Orders')).toEqual(visible(6));
    expect(processed()).toEqual([]);

    const stopped = await stage.tool.run('redrive', ...ORDERS, '--yes', '--stop-after-failures', '1', '--concurrency', '1');
    expect(stopped.exitCode).toBe(1);
    expect(stopped.stdout).toContain('1 message failed again');
    expect(await stage.deadLetters('Orders')).toEqual(visible(6));
  });

  it('tries the fix on one, then sends the rest: each record is processed once', async () => {
    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    const one = await stage.tool.json('redrive', ...ORDERS, '--limit', '1', '--yes');
    expect([one.exitCode, one.document.counts.sent]).toEqual([0, 1]);
    expect(processed()).toHaveLength(1);
    expect(await stage.deadLetters('Orders')).toEqual(visible(5));

    const rest = await stage.tool.run('redrive', ...ORDERS, '--yes');
    expect(rest.exitCode).toBe(0);
    expect([...processed()].sort()).toEqual(poison);
    expect(await stage.deadLetters('Orders')).toEqual(visible(0));

    const again = await stage.tool.run('redrive', ...ORDERS, '--yes');
    expect([again.exitCode, again.stdout]).toEqual([0, 'Nothing to send.\n']);
  });

  it('left a line for each try, on this machine and in the log group, without data', () => {
    const lines = stage.tool.auditLines;
    const caller = expect.stringMatching(/^arn:aws:sts::123456789012:assumed-role\/Operator\//);
    for (const line of lines) expect(line).toMatchObject({ caller, command: 'redrive', queue: stage.queueUrl('Orders') });
    const results = lines.map(({ result }) => result);
    expect(results.filter((it) => it === 'sent')).toHaveLength(6);
    expect(results.filter((it) => it === 'failed').length).toBeGreaterThanOrEqual(7);
    expect(JSON.stringify(lines)).not.toContain('poison');

    const { applicationMessages } = stage.cloud.account.logGroups.get(stage.output('Orders', 'AuditLogGroup'))!;
    // As text: lines of the same millisecond have an order then, too.
    expect(applicationMessages.sort()).toEqual(lines.map((line) => JSON.stringify(line)).sort());
  });

  it('was refused nothing', () => expect(stage.cloud.account.denials).toEqual([]));
});

describe('what is not simply sent', () => {
  beforeEach(() => {
    for (const processor of Object.values(stage.processors)) processor.setBugs({ throw: ['poison'] });
  });

  /** Has an S3 capture and a hydration go through the same, at the same time. */
  const both = async (story: (stack: 'Captured' | 'Filtered') => Promise<void>) => {
    await Promise.all([story('Captured'), story('Filtered')]);
  };
  const names = ['poison-a', 'poison-b', 'poison-c'];

  it('is sent in part where the processor says so: a smaller dead letter remains, and goes later', async () => both(async (stack) => {
    await stage.publish(stack, ...names.map((name) => JSON.stringify({ name, kind: 'order' })));
    expect(await stage.deadLetters(stack)).toEqual(visible(1));

    stage.processors[stack].setBugs({ report: ['poison-b'] });
    const processed = stage.processedBy(stack);
    const part = await stage.tool.json('redrive', '--stack', stack, '--yes');
    expect([part.exitCode, part.document.counts.partly, part.document.recordsSent]).toEqual([1, 1, 1]);
    expect(await stage.deadLetters(stack)).toEqual(visible(1));
    const { document } = await stage.tool.json('ls', '--stack', stack);
    expect(document.messages).toMatchObject([{ status: 'COMPLETE', expectedRecords: 2, recoveredRecords: 2 }]);

    stage.processors[stack].fix();
    const rest = await stage.tool.run('redrive', '--stack', stack, '--yes');
    expect(rest.exitCode).toBe(0);
    expect(processed()).toEqual(names);
    expect(await stage.deadLetters(stack)).toEqual(visible(0));
  }));

  it('is sent in part and in whole where it is too large for its queue', async () => both(async (stack) => {
    await stage.publish(stack, ...names.map((name) => JSON.stringify({ name, kind: 'order', padding: 'ü'.repeat(300_000) })));
    const { document } = await stage.tool.json('ls', '--stack', stack);
    expect(document.messages).toMatchObject([{ pointer: { key: expect.any(String) }, recoveredRecords: 3 }]);

    stage.processors[stack].setBugs({ report: ['poison-b'] });
    const processed = stage.processedBy(stack);
    expect((await stage.tool.run('redrive', '--stack', stack, '--yes')).exitCode).toBe(1);
    const after = await stage.tool.json('ls', '--stack', stack);
    expect(after.document.messages).toMatchObject([{ pointer: { key: expect.stringMatching(/^dead-letters\//) }, recoveredRecords: 2 }]);

    stage.processors[stack].fix();
    expect((await stage.tool.run('redrive', '--stack', stack, '--yes')).exitCode).toBe(0);
    expect(processed()).toEqual(names);
    expect(await stage.deadLetters(stack)).toEqual(visible(0));
  }));

  const order = (name: string, kind = 'order', padding = '') => JSON.stringify({ name, kind, padding });

  it('is sent without the records that the filters of its mapping kept from the processor', async () => {
    await stage.publish('Filtered', order('poison-a'), order('other-a', 'other'), 'no JSON', order('poison-b'), order('other-b', 'other'), order('poison-c'));
    const { document } = await stage.tool.json('ls', '--stack', 'Filtered');
    expect(document.messages).toMatchObject([{ status: 'SUPERSET', expectedRecords: 3, recoveredRecords: 6 }]);
    const [{ deadLetterId }] = document.messages;
    const { stdout } = await stage.tool.run('show', deadLetterId, '--stack', 'Filtered');
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/COMPLETE by proof: 3 of 6 records pass the filters of mapping [\da-f-]{36}, and as many failed: 1, 4, 6/);

    stage.processors.Filtered.fix();
    const processed = stage.processedBy('Filtered');
    const { exitCode, stderr } = await stage.tool.run('redrive', '--stack', 'Filtered', '--yes', '--only-failed-records');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('1 SUPERSET dead letter is COMPLETE by proof')]);
    expect(processed()).toEqual(names);
    expect(await stage.deadLetters('Filtered')).toEqual(visible(0));
  });

  it('is left where nobody can prove which records failed, and sent with --include, in pieces where an event cannot carry it', async () => {
    const deny = [{ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: 'lambda:ListEventSourceMappings', Resource: '*' }];
    const tool = stage.toolWith({ Version: '2012-10-17', Statement: deny } as PolicyDocument, 'Unproven');
    const padding = 'x'.repeat(950_000);
    const others = ['other-a', 'other-b', 'other-c'];
    await stage.publish('Filtered', order('poison-a', 'order', padding), ...others.map((name) => order(name, 'other', padding)), order('poison-b', 'order', padding));
    stage.processors.Filtered.fix();
    const processed = stage.processedBy('Filtered');
    const left = await tool.json('redrive', '--stack', 'Filtered', '--yes');
    expect(left.exitCode).toBe(1);
    expect(left.document.plan.lines).toMatchObject([{ status: 'SUPERSET', deadLetters: 1, records: 5, reason: { name: 'SUPERSET' } }]);
    const only = await tool.run('redrive', '--stack', 'Filtered', '--yes', '--include', 'SUPERSET', '--only-failed-records');
    expect([only.exitCode, only.stderr]).toEqual([1, expect.stringContaining('they prove nothing (you need lambda:ListEventSourceMappings)')]);
    expect(processed()).toEqual([]);
    expect(await stage.deadLetters('Filtered')).toEqual(visible(1));

    let invocations = 0;
    const stopCounting = stage.cloud.gateway.use(async (request, next) => {
      if (request.action === 'Invoke') invocations++;
      return next();
    });
    const { exitCode, stderr } = await tool.run('redrive', '--stack', 'Filtered', '--yes', '--include', 'SUPERSET');
    stopCounting();
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Note: it also holds records that did not fail');
    expect(processed()).toEqual(['poison-a', ...others, 'poison-b']);
    expect(invocations).toBe(2);
    expect(await stage.deadLetters('Filtered')).toEqual(visible(0));
  });

  it('goes back into the stream on demand, and is processed from there', async () => {
    await stage.publish('Orders', 'poison-stream-1', 'good', 'poison-stream-2');
    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    const { exitCode, stdout, stderr } = await stage.tool.run('redrive', ...ORDERS, '--to-stream', '--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 records put into the stream');
    expect(stderr).toContain('every consumer of the stream sees them again');
    await stage.pipeline.settle();
    expect([...processed()].sort()).toEqual(['poison-stream-1', 'poison-stream-2']);
    expect(await stage.deadLetters('Orders')).toEqual(visible(0));
  });

  it('is left where nobody knows whether it was taken: a run calls the processor once', async () => {
    await stage.publish('Orders', 'poison-unknown');
    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    const stopCutting = stage.cloud.gateway.use(async (request, next) => {
      const answer = await next();
      if (request.action === 'Invoke') request.destroy();
      return answer;
    });
    const { exitCode, document } = await stage.tool.json('redrive', ...ORDERS, '--yes');
    stopCutting();
    expect([exitCode, document.counts]).toMatchObject([1, { sent: 0, failed: 1 }]);
    expect(document.reasons[0].reason.message).toContain('it is unknown whether the records were accepted');
    expect(processed()).toEqual(['poison-unknown']);
    expect(await stage.deadLetters('Orders')).toEqual(visible(1));

    // Delivery is at least once.
    expect((await stage.tool.run('redrive', ...ORDERS, '--yes')).exitCode).toBe(0);
    expect(processed()).toEqual(['poison-unknown', 'poison-unknown']);
  });

  it('is sent once by two at a time', async () => {
    const twelve = Array.from({ length: 12 }, (_, index) => `poison-${index}`);
    await stage.publish('Orders', ...twelve.flatMap((name) => [name, 'good']));
    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    await Promise.all([1, 2].map(async () => stage.tool.run('redrive', ...ORDERS, '--yes')));
    // While one looked, the other may have found nothing.
    expect((await stage.tool.run('redrive', ...ORDERS, '--yes')).exitCode).toBe(0);
    expect([...processed()].sort()).toEqual([...twelve].sort());
    expect(await stage.deadLetters('Orders')).toEqual(visible(0));
  });

  it('waits behind what fails where the queue keeps the order', async () => {
    const ordered = ['poison-1', 'poison-2', 'poison-3', 'poison-4'];
    // One after another: hydrations that run side by side end in any order.
    for (const name of ordered) await stage.publish('Ordered', name);
    stage.processors.Ordered.setBugs({ throw: ['poison-2'] });
    const processed = stage.processedBy('Ordered');
    const { exitCode, document } = await stage.tool.json('redrive', '--stack', 'Ordered', '--yes');
    expect([exitCode, document.counts]).toMatchObject([1, { sent: 1, failed: 1 }]);
    expect(processed()).toEqual(['poison-1']);
    expect(await stage.deadLetters('Ordered')).toEqual(visible(3));

    stage.processors.Ordered.fix();
    expect((await stage.tool.run('redrive', '--stack', 'Ordered', '--yes')).exitCode).toBe(0);
    expect(processed()).toEqual(ordered);
    expect(await stage.deadLetters('Ordered')).toEqual(visible(0));
  });

  it('is given back on Ctrl-C, once what is under way has come to its end', async () => {
    const eight = Array.from({ length: 8 }, (_, index) => `poison-${index}`);
    await stage.publish('Orders', ...eight.flatMap((name) => [name, 'good']));
    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    const { child, ended } = stage.tool.start('redrive', ...ORDERS, '--yes', '--concurrency', '2');
    const heard = new Promise<void>((resolve) => {
      child.stderr!.on('data', (text: string) => text.includes('stopping') && resolve());
    });
    let isInterrupted = false;
    const stopInterrupting = stage.cloud.gateway.use(async (request, next) => {
      if (request.action !== 'Invoke') return next();
      isInterrupted ||= child.kill('SIGINT');
      // An answer that comes before it has heard would have it begin with the next.
      await heard;
      return next();
    });
    const { exitCode, stdout } = await ended;
    stopInterrupting();
    expect(exitCode).toBe(130);
    expect(stdout).toContain('Interrupted');
    expect(processed().length).toBeLessThanOrEqual(2);
    expect(await stage.deadLetters('Orders')).toEqual(visible(8 - processed().length));

    expect((await stage.tool.run('redrive', ...ORDERS, '--yes')).exitCode).toBe(0);
    expect([...processed()].sort()).toEqual(eight);
  });
});

describe('what could not be read, or not be written', () => {
  beforeEach(() => stage.processors.Orders.setBugs({ throw: ['poison'] }));

  it('is read again once the permission is there', async () => {
    const giveBack = stage.revoke('Orders', 'Hydrate', 'kinesis:GetRecords');
    try {
      await stage.publish('Orders', 'poison-unread');
      stage.processors.Orders.fix();
      const { document } = await stage.tool.json('ls', ...ORDERS);
      expect(document.messages).toMatchObject([{ status: 'UNREADABLE', recoveredRecords: 0 }]);
      const { exitCode } = await stage.tool.json('redrive', ...ORDERS, '--yes');
      expect(exitCode).toBe(1);

      const same = await stage.tool.json('rehydrate', ...ORDERS, '--yes');
      expect(same.exitCode).toBe(1);
      expect(same.document.counts.better).toBe(0);
      expect(await stage.deadLetters('Orders')).toEqual(visible(1));
    } finally {
      giveBack();
    }
    const better = await stage.tool.json('rehydrate', ...ORDERS, '--yes');
    expect([better.exitCode, better.document.counts.better]).toEqual([0, 1]);
    expect(await stage.deadLetters('Orders')).toEqual(visible(1));

    const processed = stage.processedBy('Orders');
    expect((await stage.tool.run('redrive', ...ORDERS, '--yes')).exitCode).toBe(0);
    expect(processed()).toEqual(['poison-unread']);
  });

  it('is taken from the undeliverable queue, but for what never was a failure record', async () => {
    const giveBack = stage.revoke('Orders', 'Hydrate', 's3:PutObject');
    try {
      await stage.publish('Orders', `poison-unwritten ${'x'.repeat(900_000)}`);
    } finally {
      giveBack();
    }
    await stage.notify('Orders', 'not a failure record');
    expect([await stage.deadLetters('Orders'), await stage.undeliverables('Orders')]).toEqual([visible(0), visible(2)]);
    const { document } = await stage.tool.json('ls', ...ORDERS, '--undeliverables');
    expect(document).toMatchObject({ content: 'undeliverables', matched: 2 });

    const { exitCode, document: rehydrated } = await stage.tool.json('rehydrate', ...ORDERS, '--undeliverables', '--yes');
    expect(exitCode).toBe(1);
    expect(rehydrated.counts).toMatchObject({ better: 1, refused: 1 });
    expect([await stage.deadLetters('Orders'), await stage.undeliverables('Orders')]).toEqual([visible(1), visible(1)]);

    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    expect((await stage.tool.run('redrive', ...ORDERS, '--yes')).exitCode).toBe(0);
    expect(processed()).toEqual(['poison-unwritten']);

    const discarded = await stage.tool.run('discard', ...ORDERS, '--undeliverables', '--all', '--reason', 'sent by a test', '--yes');
    expect(discarded.exitCode).toBe(0);
    expect(await stage.undeliverables('Orders')).toEqual(visible(0));
  });
});

describe('files', () => {
  it('keep what is discarded, and give it back', async () => {
    stage.processors.Orders.setBugs({ throw: ['poison'] });
    await stage.publish('Orders', 'poison-kept', 'good', `poison-large ${'x'.repeat(900_000)}`);
    const discarded = await stage.tool.json('discard', ...ORDERS, '--all', '--reason', 'ticket 4711', '--yes');
    expect([discarded.exitCode, discarded.document.counts.discarded]).toEqual([0, 2]);
    expect(await stage.deadLetters('Orders')).toEqual(visible(0));
    const [file] = readdirSync(stage.tool.folder).filter((name) => /^discarded-.*\.jsonl\.gz$/.test(name) && discarded.document.file === name);
    expect(stage.tool.auditLines.filter(({ result, reason }) => result === 'discarded' && reason === 'ticket 4711')).toHaveLength(2);

    for (const sent of [2, 0]) {
      const imported = await stage.tool.json('import', file, ...ORDERS, '--yes');
      expect([imported.exitCode, imported.document.counts?.imported ?? 0]).toEqual([0, sent]);
      expect(await stage.deadLetters('Orders')).toEqual(visible(2));
    }
  });

  it('are sent without touching the queue, once', async () => {
    const { stdout, exitCode } = await stage.tool.run('export', ...ORDERS);
    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n').map((line) => JSON.parse(line).version)).toEqual(['0.1.0', '0.1.0']);
    expect((await stage.tool.run('export', ...ORDERS, 'evidence.jsonl.gz')).exitCode).toBe(0);

    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    for (let run = 1; run <= 2; run++) {
      const { exitCode: code } = await stage.tool.run('redrive', '--from', 'evidence.jsonl.gz', '--yes');
      expect(code).toBe(0);
      expect([...processed()].sort()).toEqual(['poison-kept', 'poison-large']);
    }
    expect(await stage.deadLetters('Orders')).toEqual(visible(2));
    expect(readFileSync(join(stage.tool.folder, 'evidence.jsonl.gz.redriven'), 'utf8').trim().split('\n')).toHaveLength(2);
    expect((await stage.tool.run('discard', ...ORDERS, '--all', '--no-export', '--yes-for-good', '--reason', 'sent from a file', '--yes')).exitCode).toBe(0);
    expect(await stage.deadLetters('Orders')).toEqual(visible(0));
  });
});
