import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Account } from '../../../local/account';
import { FunctionSpec, LambdaFunction } from '../../../local/functions/lambda-function';

export const NOWHERE = 'http://127.0.0.1:9';
export const ENDPOINTS = {
  kinesis: `${NOWHERE}/kinesis`,
  sqs: `${NOWHERE}/sqs`,
  sns: `${NOWHERE}/sns`,
  s3: `${NOWHERE}/s3`,
  dynamodb: `${NOWHERE}/dynamodb`,
};

/** Allows what it is told to allow, and remembers every question. */
export class FakeAuthorizer {
  readonly asked: { readonly action: string; readonly resource: string; readonly principal: unknown }[] = [];

  constructor(public allow: (action: string, resource: string) => boolean = () => true) {}

  async authorize(request: { readonly principal: unknown; readonly action: string; readonly resource: string }) {
    this.asked.push(request);
    return { allowed: this.allow(request.action, request.resource), message: `${request.action} on ${request.resource}` };
  }
}

/** Functions from inline sources, in directories of their own; `clean` ends them and removes everything. */
export class Functions {
  readonly account = new Account();
  readonly authorizer = new FakeAuthorizer();
  private readonly directories: string[] = [];
  private readonly functions: LambdaFunction[] = [];

  directory(files: Record<string, string>): string {
    const directory = mkdtempSync(path.join(tmpdir(), 'function-'));
    this.directories.push(directory);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), text);
    }
    return directory;
  }

  /** A function whose index.js is given (or several files), with `index.handler`. */
  create(files: string | Record<string, string>, spec: Partial<FunctionSpec> = {}): LambdaFunction {
    const functionName = spec.functionName ?? 'orders';
    const created = new LambdaFunction({
      functionName,
      functionArn: this.account.arn('lambda', `function:${functionName}`),
      runtime: 'nodejs24.x',
      handler: 'index.handler',
      codeDirectory: this.directory(typeof files === 'string' ? { 'index.js': files } : files),
      environment: {},
      timeoutSeconds: 30,
      memorySize: 128,
      roleArn: this.account.arn('iam', 'role/orders', { global: true }),
      ...spec,
    }, { account: this.account, authorizer: this.authorizer, endpoints: ENDPOINTS });
    this.functions.push(created);
    return created;
  }

  async clean(): Promise<void> {
    await Promise.all(this.functions.map((created) => created.close()));
    for (const directory of this.directories) rmSync(directory, { recursive: true, force: true });
  }
}
