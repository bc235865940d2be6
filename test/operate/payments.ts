import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { Idempotency, KinesisStreamProcessor } from '../../src';
import { Pipeline } from '../pipeline/pipeline';
import { TEST_PYTHON } from '../support/test-python';
import { messagesIn } from './queue';
import { shortPolls } from './short-polls';
import { Tool } from './tool';

const EXAMPLES = resolve(__dirname, '../../examples');

/** The processors of examples/, by their language. */
export const LANGUAGES = ['typescript', 'python'] as const;
export type Language = typeof LANGUAGES[number];

/** With the idempotency of the example, and with that of Powertools turned off. */
export const MODES = ['once', 'everyTime'] as const;
export type Mode = typeof MODES[number];

export interface Payment {
  readonly paymentId: string;
  readonly account: string;
  readonly cents: number;
}

/** How long a function may take. */
export const TIMEOUT = Duration.seconds(6);

/** The example `idempotency` in a language, on streams of its own. */
export class Payments {
  static async start(language: Language): Promise<Payments> {
    const folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-payments-'));
    try {
      const code = CODE[language](folder);
      const pipeline = await Pipeline.start({
        define: (app) => MODES.map((mode) => definePayments(new Stack(app, mode), { ...code, mode })),
        consolidateFailures: 'none',
      });
      pipeline.cloud.gateway.use(shortPolls);
      return new Payments(pipeline, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  readonly tool: Tool;

  private constructor(readonly pipeline: Pipeline, private readonly folder: string) {
    this.tool = new Tool(pipeline.cloud.operator());
  }

  /** Puts payments on a stream in one call, and waits until all that follows from them is over. */
  async publish(mode: Mode, payments: readonly Payment[]): Promise<void> {
    const records = payments.map((it) => ({ key: it.account, data: JSON.stringify(it) }));
    await this.pipeline.publish(records, MODES.indexOf(mode));
    await this.pipeline.settle();
  }

  /** What was booked on an account. */
  async balanceOf(mode: Mode, account: string): Promise<number> {
    const TableName = this.deployed(mode).outputs.BalancesTable;
    const { Item } = await this.pipeline.cloud.clients.dynamodb.send(new GetItemCommand({ TableName, Key: { account: { S: account } } }));
    return Number(Item?.cents.N ?? 0);
  }

  /** The items of the idempotency table. */
  async items(mode: Mode): Promise<readonly { readonly status: string; readonly expiration: number; readonly inProgressUntil: number }[]> {
    const TableName = this.deployed(mode).outputs.IdempotencyTable;
    const { Items = [] } = await this.pipeline.cloud.clients.dynamodb.send(new ScanCommand({ TableName }));
    return Items.map((item) => ({
      status: item.status.S!, expiration: Number(item.expiration.N), inProgressUntil: Number(item.in_progress_expiration?.N),
    }));
  }

  async deadLetters(mode: Mode) {
    return messagesIn(this.pipeline.cloud.clients.sqs, this.pipeline.processors[MODES.indexOf(mode)].queueUrl);
  }

  /** Takes the permission to change balances from the processor, until it is given back. */
  failBalances(mode: Mode): () => void {
    const { policies } = [...this.pipeline.cloud.account.roles.values()].find(({ arn }) => arn.includes(`${mode}-`) && arn.includes('Processor'))!;
    const before = new Map(policies);
    const balances = this.deployed(mode).outputs.BalancesTable;
    for (const [name, policy] of before) {
      const others = policy.Statement.filter(({ Resource }) => !JSON.stringify(Resource).includes(`/${balances}`));
      policies.set(name, { ...policy, Statement: others });
    }
    return () => {
      for (const [name, policy] of before) policies.set(name, policy);
    };
  }

  /** Leaves changes of balances without an answer until that is over, and makes none of them. */
  hangBalances(mode: Mode, onHang: () => void = () => undefined): () => void {
    let release!: () => void;
    const released = new Promise<void>((end) => (release = end));
    const balances = this.deployed(mode).outputs.BalancesTable;
    const stop = this.pipeline.cloud.gateway.use(async (request, next) => {
      if (request.action !== 'UpdateItem' || !request.resources.some((arn) => arn.endsWith(`/${balances}`))) return next();
      onHang();
      await released;
      request.destroy();
      return undefined;
    });
    return () => {
      stop();
      release();
    };
  }

  /** Kills the processes of the processor. */
  crash(mode: Mode): void {
    for (const [id, fn] of this.deployed(mode).functions) {
      if (id.includes('Processor')) for (const pid of fn.processIds) process.kill(pid, 'SIGKILL');
    }
  }

  async stop(): Promise<void> {
    await this.pipeline.stop();
    this.tool.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private deployed(mode: Mode) {
    return this.pipeline.stacks.find(({ stackName }) => stackName === mode)!;
  }
}

interface ProcessorCode {
  readonly runtime: lambda.Runtime;
  readonly folder: string;
}

/** The code of each example, and where it finds Powertools: in its bundle, or in the Python that runs it. */
const CODE: Readonly<Record<Language, (folder: string) => ProcessorCode>> = {
  typescript: (folder) => {
    const entryPoints = [join(EXAMPLES, 'typescript/idempotency/processor/index.mjs')];
    buildSync({ entryPoints, bundle: true, platform: 'node', target: 'node24', format: 'cjs', outfile: join(folder, 'index.js') });
    return { runtime: lambda.Runtime.NODEJS_24_X, folder };
  },
  python: () => {
    process.env.LOCAL_PYTHON = TEST_PYTHON;
    return { runtime: lambda.Runtime.PYTHON_3_13, folder: join(EXAMPLES, 'python/idempotency/processor') };
  },
};

function definePayments(stack: Stack, { mode, runtime, folder }: ProcessorCode & { readonly mode: Mode }): KinesisStreamProcessor {
  const balances = new dynamodb.TableV2(stack, 'Balances', { partitionKey: { name: 'account', type: dynamodb.AttributeType.STRING } });
  const payments = new KinesisStreamProcessor(stack, 'Payments', {
    processorProps: {
      runtime, code: lambda.Code.fromAsset(folder), handler: 'index.handler', timeout: TIMEOUT, memorySize: 512,
      environment: { BALANCES_TABLE_NAME: balances.tableName, ...(mode === 'everyTime' && { POWERTOOLS_IDEMPOTENCY_DISABLED: 'true' }) },
    },
    idempotency: Idempotency.table(),
    batchSize: 3,
    bisectBatchOnError: false,
    retryAttempts: 0,
    maxBatchingWindow: Duration.seconds(5),
  });
  balances.grant(payments.processor, 'dynamodb:UpdateItem');
  new CfnOutput(stack, 'BalancesTable', { value: balances.tableName });
  new CfnOutput(stack, 'IdempotencyTable', { value: payments.idempotencyTable!.tableName });
  return payments;
}
