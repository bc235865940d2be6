import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import type { DeployedStack } from '../../../local/deploy/deployed-stack';
import { Deployer } from '../../../local/deploy/deployer';
import type { Runtime } from '../../../local/deploy/runtime';
import type { ServiceEndpoints } from '../../../local/endpoints';
import type { FunctionSpec } from '../../../local/functions/function-spec';
import type { Authorization } from '../../../local/iam/authorization';
import { Authorizer } from '../../../local/iam/authorizer';

const nowhere = 'http://127.0.0.1:9';
const noEmulators: ServiceEndpoints = { kinesis: nowhere, sqs: nowhere, sns: nowhere, s3: nowhere, dynamodb: nowhere };

/** A deployer that starts no processes: what would be started is written down. */
export class Recorder {
  readonly account = new Account();
  readonly calls: [string, unknown][] = [];
  readonly assemblyDirectory = mkdtempSync(join(tmpdir(), 'deploy-test-'));
  readonly denied = new Set<string>();
  /** Makes up ids and names. */
  random = 0;
  readonly deployer: Deployer;

  /** @param enforces policies; otherwise, only `denied` counts */
  constructor(admin: ServiceEndpoints = noEmulators, enforces = false) {
    const authorizer: Authorization = enforces ? new Authorizer(this.account) : {
      authorize: async ({ action }) => ({
        allowed: !this.denied.has(action),
        message: this.denied.has(action) ? `not authorized to perform: ${action}` : '',
      }),
    };
    this.deployer = new Deployer({
      account: this.account,
      authorizer,
      runtime: this.runtime(),
      clock: new Clock(1_000),
      admin,
      gateway: admin,
      random: () => this.random,
    });
  }

  deploy(template: object, stackName = 'Stack', parameters?: Record<string, string>): Promise<DeployedStack> {
    return this.deployer.deploy({ stackName, template, assemblyDirectory: this.assemblyDirectory, parameters });
  }

  async close(): Promise<void> {
    await this.deployer.close();
    rmSync(this.assemblyDirectory, { recursive: true });
  }

  /** Names of the calls so far. */
  get log(): string[] {
    return this.calls.map(([call]) => call);
  }

  private runtime(): Runtime {
    const record = (call: string, argument?: unknown) => {
      this.calls.push([call, argument]);
    };
    const mapping = (spec: unknown) => ({
      spec,
      start: () => record('start mapping'),
      idle: async () => undefined,
      stop: async () => record('stop mapping'),
      async update(changed: unknown) {
        record('update mapping', changed);
        this.spec = changed;
      },
    });
    const recorded: { [Name in keyof Runtime]: (...args: Parameters<Runtime[Name]>) => unknown } = {
      createFunction: (spec) => {
        record(`create function ${spec.functionArn}`, spec);
        const fn = {
          spec,
          functionArn: spec.functionArn,
          roleArn: spec.roleArn,
          invoke: async (event: unknown) => ({
            statusCode: 200, executedVersion: spec.version ?? '$LATEST', payload: JSON.stringify(event),
          }),
          close: async () => record(`close function ${spec.functionArn}`),
          async update(changed: FunctionSpec) {
            record(`update function ${changed.functionArn}`, changed);
            fn.spec = changed;
          },
        };
        return fn;
      },
      createAsyncInvoker: (fn, config) => {
        record(`create invoker ${fn.functionArn}`, config);
        return {
          enqueue: (event: unknown) => record(`enqueue ${fn.functionArn}`, event),
          idle: async () => undefined,
          close: async () => record(`close invoker ${fn.functionArn}`),
        };
      },
      createMapping: (spec) => {
        record('create mapping', spec);
        return mapping(spec);
      },
      createQueueMapping: (spec) => {
        record('create queue mapping', spec);
        return mapping(spec);
      },
      createSubscription: async (spec) => {
        record('create subscription', spec);
        return { idle: async () => undefined, close: async () => record('close subscription') };
      },
      createRule: (spec) => {
        record('create rule', spec);
        return { idle: async () => undefined, close: async () => record('close rule') };
      },
    };
    return recorded as unknown as Runtime;
  }
}

/** A resource that needs no emulator. */
export function logGroup(properties: Record<string, unknown> = {}, rest: Record<string, unknown> = {}): object {
  return { Type: 'AWS::Logs::LogGroup', Properties: properties, ...rest };
}

export const lambdaRole = {
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'role',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
  },
};

export function inlineFunction(properties: Record<string, unknown> = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'fn',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: 'exports.handler = async (event) => event;' },
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      ...properties,
    },
  };
}
