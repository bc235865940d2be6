import { PipelineTable } from '../pipeline/table';
import { describeNeedsJava } from '../support/java';
import { OperatorSession } from './operator-session';

const CHANGES = ['--stack', 'Changes'];

describeNeedsJava('dead letters of a table', () => {
  let stage: OperatorSession;

  beforeAll(async () => {
    stage = await OperatorSession.start('Changes');
  });

  afterAll(async () => stage?.stop());

  /** As many as are a batch. */
  async function put(...ids: readonly [string, string, string]): Promise<void> {
    const items = ids.map((id) => ({ id: { S: id }, price: { N: '12345678901234567890123456789012345678' } }));
    await new PipelineTable(stage.pipeline).put(...items);
    await stage.pipeline.settle();
  }

  it('are shown item by item, left by a processor that is broken, and taken in part and in whole by one that is mended', async () => {
    const names = ['poison-a', 'poison-b', 'poison-c'] as const;
    await put(...names);
    expect(await stage.deadLetters('Changes')).toEqual({ visible: 1, inFlight: 0 });

    const { document } = await stage.tool.json('ls', ...CHANGES);
    expect(document.messages).toMatchObject([{ status: 'COMPLETE', recoveredRecords: 3 }]);
    const shown = await stage.tool.run('show', document.messages[0].deadLetterId, ...CHANGES);
    expect(shown.exitCode).toBe(0);
    for (const text of ['INSERT', 'poison-b', '12345678901234567890123456789012345678']) expect(shown.stdout).toContain(text);

    const processed = stage.processedBy('Changes');
    const broken = await stage.tool.json('redrive', ...CHANGES, '--yes');
    expect([broken.exitCode, broken.document.counts.failed]).toEqual([1, 1]);
    expect(processed()).toEqual([]);

    const failed = await stage.tool.json('ls', ...CHANGES);
    expect(failed.document.messages).toMatchObject([{ deadLetterId: document.messages[0].deadLetterId, attempts: 1 }]);

    stage.processors.Changes.setBugs({ report: ['poison-b'] });
    const part = await stage.tool.json('redrive', ...CHANGES, '--yes');
    expect([part.exitCode, part.document.counts.partly]).toEqual([1, 1]);
    expect(await stage.deadLetters('Changes')).toEqual({ visible: 1, inFlight: 0 });

    const checked = await stage.tool.json('redrive', ...CHANGES, '--check', '--dry-run');
    expect(checked.document).toMatchObject({ plan: { verdicts: { 'matches-new': 2 } }, messages: [{ records: 2, verdicts: { 'matches-new': 2 } }] });

    stage.processors.Changes.fix();
    const { exitCode } = await stage.tool.run('redrive', ...CHANGES, '--yes');
    expect([exitCode, processed()]).toEqual([0, names]);
    expect(await stage.deadLetters('Changes')).toEqual({ visible: 0, inFlight: 0 });
    expect(stage.cloud.account.denials).toEqual([]);
  });

  it('are not put into the stream: nothing puts a change back', async () => {
    stage.processors.Changes.setBugs({ throw: ['poison'] });
    await put('poison-d', 'poison-e', 'poison-f');
    const { exitCode, stderr } = await stage.tool.run('redrive', ...CHANGES, '--to-stream', '--yes');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the stream of a table takes no records')]);
    expect(await stage.deadLetters('Changes')).toEqual({ visible: 1, inFlight: 0 });
  });

  it('are read again once the permission is there', async () => {
    stage.processors.Changes.fix();
    expect((await stage.tool.run('redrive', ...CHANGES, '--yes')).exitCode).toBe(0);

    stage.processors.Changes.setBugs({ throw: ['poison'] });
    const giveBack = stage.revoke('Changes', 'Hydrate', 'dynamodb:GetRecords');
    const names = ['poison-g', 'poison-h', 'poison-i'] as const;
    await put(...names);
    giveBack();
    const { exitCode, document } = await stage.tool.json('rehydrate', ...CHANGES, '--yes');
    expect([exitCode, document.counts.better]).toEqual([0, 1]);

    stage.processors.Changes.fix();
    const processed = stage.processedBy('Changes');
    expect((await stage.tool.run('redrive', ...CHANGES, '--yes')).exitCode).toBe(0);
    expect(processed()).toEqual(names);
  });
});
