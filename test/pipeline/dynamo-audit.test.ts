import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { AuditStack } from '../../examples/typescript/audit/app';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { LocalCloud } from '../../local/cloud';
import { drainMessages } from '../../local/queue-messages';
import { itNeedsJava } from '../support/java';
import { changesOf } from './table';

describe('examples/typescript/audit on this machine', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-audit-'));
  let cloud: LocalCloud | undefined;

  afterAll(async () => {
    await cloud?.stop();
    rmSync(outdir, { recursive: true, force: true });
  });

  itNeedsJava('keeps the changes that nobody answers for, and audits all others', async () => {
    const app = new App({ outdir, analyticsReporting: false });
    new AuditStack(app, 'Audit');
    app.synth();
    cloud = await LocalCloud.start({ speed: 50 });
    const [{ outputs }] = await cloud.deployAssembly(outdir);
    const { dynamodb, sqs } = cloud.clients;
    const put = async (customerId: string, more: object) =>
      dynamodb.send(new PutItemCommand({ TableName: outputs.TableName, Item: { customerId: { S: customerId }, ...more } }));

    await put('c-1', { changedBy: { S: 'ada' } });
    await put('c-2', {});
    await put('c-3', { changedBy: { S: 'bob' } });
    await dynamodb.send(new DeleteItemCommand({ TableName: outputs.TableName, Key: { customerId: { S: 'c-2' } } }));
    await cloud.idle();

    const messages = await drainMessages(sqs, outputs.DeadLetterQueueUrl);
    const letters = messages.map(({ Body }) => JSON.parse(Body!) as DeadLetter);
    expect(new Set(letters.map(({ hydration }) => hydration.status))).toEqual(new Set(['COMPLETE']));
    const kept = letters.flatMap(changesOf).map(({ eventName, dynamodb: change }) => [eventName, change!.Keys, change!.NewImage, change!.OldImage]);
    const item = { customerId: { S: 'c-2' } };
    expect(kept).toHaveLength(2);
    expect(kept).toEqual(expect.arrayContaining([['INSERT', item, item, undefined], ['REMOVE', item, undefined, item]]));

    const lines = [...cloud.account.logGroups.values()].flatMap(({ applicationMessages }) => applicationMessages).filter((message) => message.includes('change audited'));
    expect(new Set(lines.map((message) => JSON.parse(message).customerId))).toEqual(new Set(['c-1', 'c-3']));
    expect(await drainMessages(sqs, outputs.UndeliverableQueueUrl)).toEqual([]);
    expect(cloud.account.denials).toEqual([]);
  });
});
