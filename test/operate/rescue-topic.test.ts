import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { KinesisStreamRecord } from 'aws-lambda';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { peekMessages } from '../../local/queue-messages';
import { batchIn, PlainSession, recordsOf } from './plain-session';
import { messagesIn } from './queue';

const POISON = ['poison-0', 'poison-1', 'poison-2'];

describe('failure records that a topic sends to two queues, with raw delivery and without', () => {
  let session: PlainSession;
  let failures: FailureRecord[];

  beforeAll(async () => {
    session = await PlainSession.start({ destination: 'topic' });
    await session.put([...POISON, 'good'].map((name) => ({ key: name, data: Buffer.from(name) })));
    await session.pipeline.settle();
    failures = (await peekMessages(session.clients.sqs, session.queueUrl)).map(({ Body }) => JSON.parse(Body!) as FailureRecord);
  });

  afterAll(async () => session?.stop());

  const bodiesIn = (file: string) => session.linesOf(file).map(({ body }) => body).sort();

  it.each(['QueueUrl', 'WrappedQueueUrl'])('are rescued from either: %s', async (output) => {
    const url = session.outputs[output];
    const { exitCode, document } = await session.tool.json('rescue', '--queue', url, '--to-file', `${output}.jsonl`);
    expect([exitCode, document.failures, document.counts.complete]).toEqual([0, POISON.length, POISON.length]);
    const records = session.deadLettersIn(`${output}.jsonl`).flatMap(recordsOf) as KinesisStreamRecord[];
    expect(records.map(({ kinesis: { data } }) => Buffer.from(data, 'base64').toString()).sort()).toEqual(POISON);
    expect(await messagesIn(session.clients.sqs, url)).toEqual({ visible: POISON.length, inFlight: 0 });
  });

  it('give the same dead letters, so that one file holds those of both queues once', async () => {
    const { exitCode, document } = await session.tool.json('rescue', '--queue', session.outputs.WrappedQueueUrl, '--to-file', 'QueueUrl.jsonl');
    expect([exitCode, document.before, document.recordsRescued]).toEqual([0, POISON.length, 0]);
    expect(bodiesIn('QueueUrl.jsonl')).toEqual(bodiesIn('WrappedQueueUrl.jsonl'));
  });

  describe('with other messages and odd failure records among them', () => {
    const secret = 'SECRET-7291';
    let others: readonly string[];

    beforeAll(async () => {
      const [failure] = failures;
      const odd = (batch: object): string => JSON.stringify({ ...failure, KinesisBatchInfo: { ...batchIn(failure), ...batch } });
      const region = batchIn(failure).streamArn.split(':')[3];
      others = [
        JSON.stringify({ order: secret }),
        `${secret} is no JSON`,
        ' ',
        odd({ batchSize: undefined }),
        odd({ startSequenceNumber: '9', endSequenceNumber: '1' }),
        odd({ streamArn: secret }),
        JSON.stringify({ ...failure, requestContext: secret }),
        session.linesOf('QueueUrl.jsonl')[0].body,
      ];
      const unreadable = [
        odd({ shardId: 'shardId-000000000999' }),
        odd({ streamArn: `arn:aws:kinesis:${region}:123456789012:stream/deleted` }),
      ];
      const repeats = [JSON.stringify(failure), `\ufeff${JSON.stringify(failure, null, 2)}\r\n`];
      for (const body of [...others, ...unreadable, ...repeats]) {
        await session.clients.sqs.send(new SendMessageCommand({ QueueUrl: session.queueUrl, MessageBody: body }));
      }
      // A subject, as some publishers give one, in the notification that wraps it.
      const [{ physicalId: TopicArn }] = [...session.pipeline.stacks[0].resources.values()].filter(({ type }) => type === 'AWS::SNS::Topic');
      await session.clients.sns.send(new PublishCommand({ TopicArn, Subject: 'alarm', Message: JSON.stringify({ AlarmName: secret }) }));
    });

    it('those are rescued that can be, and the others are named, left and not printed', async () => {
      const before = await messagesIn(session.clients.sqs, session.queueUrl);
      const { exitCode, stdout, stderr } = await session.tool.run('rescue', '--queue', session.queueUrl, '--to-file', 'mixed.jsonl');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`${others.length + 1} entries are not failure records:`);
      expect(stderr).toContain('2 failure records came more than once: each failure is rescued once');
      expect(`${stdout}${stderr}`).not.toContain(secret);
      expect(session.read('mixed.jsonl')).not.toContain(secret);
      expect(stdout).toContain(`${POISON.length} messages rescued whole (COMPLETE).`);
      expect(bodiesIn('mixed.jsonl')).toEqual(bodiesIn('QueueUrl.jsonl'));
      expect(await messagesIn(session.clients.sqs, session.queueUrl)).toEqual(before);
      expect(before.visible).toBe(POISON.length + others.length + 5);
    });

    it('those of another Region and account do not pass for expired: the reason names the stream, and nothing is written', async () => {
      const streamArn = 'arn:aws:kinesis:eu-west-1:999999999999:stream/other';
      const elsewhere = { ...failures[0], KinesisBatchInfo: { ...batchIn(failures[0]), streamArn } };
      const from = session.write('elsewhere.json', JSON.stringify(elsewhere));
      const { exitCode, stdout } = await session.tool.run('rescue', '--from', from, '--to-file', 'elsewhere.jsonl');
      expect(exitCode).toBe(1);
      expect(stdout.replace(/\s+/g, ' ')).toContain(streamArn);
      expect(session.read('elsewhere.jsonl')).toBe('');
    });
  });
});
