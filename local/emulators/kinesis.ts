import { runtimeFile } from './node-binary';
import { type NodeProcess, startNodeProcess } from './node-process';

/** What takes half a second each by default, so that callers learn to wait; here nobody has to. */
const INSTANT = [
  'CREATE_STREAM',
  'DELETE_STREAM',
  'REGISTER_STREAM_CONSUMER',
  'DEREGISTER_STREAM_CONSUMER',
  'START_STREAM_ENCRYPTION',
  'STOP_STREAM_ENCRYPTION',
  'MERGE_SHARDS',
  'SPLIT_SHARD',
  'UPDATE_SHARD_COUNT',
  'UPDATE_STREAM_MODE',
];

/** Labels: the emulator cannot be asked for one protocol alone, and it listens on free ports. */
const PLAIN_PORT = 4568;
const TLS_PORT = 4567;

export async function startKinesis(options: {
  readonly accountId: string;
  readonly region: string;
}): Promise<{ child: NodeProcess; endpoint: string }> {
  const child = startNodeProcess({
    name: 'kinesis-local',
    portLabels: true,
    script: runtimeFile('kinesis-local', 'main.js'),
    env: {
      ...Object.fromEntries(INSTANT.map((name) => [`${name}_DURATION`, '0ms'])),
      KINESIS_MOCK_PLAIN_PORT: String(PLAIN_PORT),
      KINESIS_MOCK_TLS_PORT: String(TLS_PORT),
      KINESIS_MOCK_CERT_PATH: runtimeFile('kinesis-local', 'server.json'),
      AWS_ACCOUNT_ID: options.accountId,
      AWS_REGION: options.region,
      SHARD_LIMIT: '1000',
      ON_DEMAND_STREAM_COUNT_LIMIT: '100',
      LOG_LEVEL: 'ERROR',
    },
  });
  return { child: child.warnOnExit(), endpoint: `http://127.0.0.1:${await child.listening({ label: PLAIN_PORT })}` };
}
