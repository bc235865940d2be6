import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Environment } from '../../../src/contract';
import type { Account } from '../../account';
import type { AsyncInvokeConfig } from '../../functions/async-invoker';
import type { FunctionSpec } from '../../functions/lambda-function';
import { isSupportedRuntime, SUPPORTED_RUNTIMES } from '../../functions/runtime-process';
import { DeployedFunction } from '../deployed-function';
import { checkDestination } from '../destination-check';
import { unsupported, type PropertyValue } from '../property-types';
import { resourceTags } from '../resource-tags';
import { type ResourceContext, resourceType } from '../resource-type';

const ENVIRONMENT_LIMIT_BYTES = 4096;

const functionProperties = {
  FunctionName: 'string',
  Runtime: 'string',
  Handler: 'string',
  Code: {
    S3Bucket: 'string',
    S3Key: 'string',
    ZipFile: 'string',
    ImageUri: unsupported('container images need Docker'),
    S3ObjectVersion: unsupported('assets have one version'),
    SourceKMSKeyArn: unsupported('assets are not encrypted'),
  },
  Role: 'string',
  Timeout: 'number',
  MemorySize: 'number',
  Environment: { Variables: 'strings' },
  ReservedConcurrentExecutions: 'number',
  Architectures: ['string'],
  LoggingConfig: {
    LogGroup: 'string', LogFormat: 'string', ApplicationLogLevel: 'string', SystemLogLevel: 'unused',
  },
  DeadLetterConfig: { TargetArn: 'string' },
  PackageType: 'string',
  Description: 'unused',
  EphemeralStorage: 'unused',
  // Environment variables are not encrypted here: who may read them needs no permission on the key.
  KmsKeyArn: 'unused',
  RecursiveLoop: 'unused',
  RuntimeManagementConfig: 'unused',
  Tags: [{ Key: 'string', Value: 'string' }],
  TracingConfig: 'unused',
  CodeSigningConfigArn: unsupported('code is not signed here'),
  FileSystemConfigs: unsupported('file systems are not emulated'),
  ImageConfig: unsupported('container images need Docker'),
  Layers: unsupported('bundle what the function needs into its code'),
  SnapStart: unsupported('it is not for Node.js'),
  VpcConfig: unsupported('networks are not emulated'),
} as const;

type FunctionProperties = PropertyValue<typeof functionProperties>
  & { readonly [Name in 'Code' | 'Role']: PropertyValue<typeof functionProperties[Name]> };

export const lambdaFunction = resourceType({
  type: 'AWS::Lambda::Function',
  properties: functionProperties,
  required: ['Code', 'Role'],
  async create(properties, context) {
    const { account, state, runtime, generatedName } = context;
    const tags = resourceTags(properties.Tags, context);
    const name = properties.FunctionName ?? generatedName(64);
    const arn = account.arn('lambda', `function:${name}`);
    if (state.functions.has(name)) throw new Error(`function ${name} already exists`);
    const { spec, asyncConfig, code } = await configuration(name, properties, context);
    let fn: DeployedFunction;
    try {
      fn = new DeployedFunction(spec, asyncConfig, account, runtime);
    } catch (error) {
      code.remove();
      throw error;
    }
    state.functions.set(name, fn);
    account.tags.set(arn, tags);
    return {
      physicalId: name,
      attributes: { Arn: arn },
      fn,
      async delete() {
        state.functions.delete(name);
        account.resourcePolicies.delete(arn);
        account.tags.delete(arn);
        await fn.delete();
        code.remove();
      },
      async close() {
        await fn.close();
        code.remove();
      },
    };
  },
  updatable: [
    'Code', 'Handler', 'Runtime', 'Timeout', 'MemorySize', 'Environment', 'ReservedConcurrentExecutions', 'Architectures', 'LoggingConfig',
    'DeadLetterConfig', 'Tags',
  ],
  async update({ created, after }, context) {
    const { account } = context;
    const tags = resourceTags(after.Tags, context);
    const { spec, asyncConfig, code } = await configuration(created.physicalId, after, context);
    await created.fn!.update(spec, asyncConfig);
    account.tags.set(created.attributes.Arn, tags);
    return {
      ...created,
      // Earlier code stays until then: invocations in progress and versions use it.
      async delete() {
        await created.delete();
        code.remove();
      },
      async close() {
        await created.close!();
        code.remove();
      },
    };
  },
});

interface FunctionConfiguration {
  readonly spec: FunctionSpec;
  readonly asyncConfig: AsyncInvokeConfig;
  readonly code: CodeDirectory;
}

async function configuration(name: string, properties: FunctionProperties, context: ResourceContext): Promise<FunctionConfiguration> {
  const { account, authorizer } = context;
  if ((properties.PackageType ?? 'Zip') !== 'Zip') throw new Error('property PackageType must be Zip: images need Docker');
  if (properties.Runtime === undefined || properties.Handler === undefined) {
    throw new Error('properties Runtime and Handler are required');
  }
  if (!isSupportedRuntime(properties.Runtime)) {
    throw new Error(`property Runtime must be ${SUPPORTED_RUNTIMES}, got: ${properties.Runtime}`);
  }
  checkRole(account, properties.Role);
  const environment = atSpeed({ ...properties.Environment?.Variables }, context.clock.speed);
  checkEnvironment(environment);
  const { LogGroup: logGroupName = `/aws/lambda/${name}`, LogFormat: logFormat = 'Text', ApplicationLogLevel: logLevel } = properties.LoggingConfig ?? {};
  if (logFormat !== 'Text' && logFormat !== 'JSON') throw new Error(`property LogFormat must be Text or JSON, got: ${logFormat}`);
  if (logLevel !== undefined && logFormat === 'Text') throw new Error('property ApplicationLogLevel needs the LogFormat JSON');
  const { TargetArn: deadLetterArn } = properties.DeadLetterConfig ?? {};
  if (deadLetterArn !== undefined) await checkDestination(authorizer, properties.Role, deadLetterArn);

  const code = codeDirectory(properties.Code, context);
  const spec: FunctionSpec = {
    functionName: name,
    functionArn: account.arn('lambda', `function:${name}`),
    runtime: properties.Runtime,
    handler: properties.Handler,
    codeDirectory: code.directory,
    environment,
    timeoutSeconds: properties.Timeout ?? 3,
    memorySize: properties.MemorySize ?? 128,
    roleArn: properties.Role,
    logGroupName,
    logFormat,
    ...(logLevel !== undefined && { logLevel }),
    architecture: properties.Architectures?.[0] ?? 'x86_64',
    ...properties.ReservedConcurrentExecutions !== undefined && {
      reservedConcurrency: properties.ReservedConcurrentExecutions,
    },
  };
  return { spec, asyncConfig: { deadLetterArn }, code };
}

function checkRole(account: Account, roleArn: string): void {
  const role = account.roles.get(roleArn);
  if (!role) throw new Error(`property Role must be the ARN of a role of the account, got: ${roleArn}`);
  const trusted = role.trust.Statement.some(({ Effect: effect, Principal: principal }) => {
    const service = (principal as { Service?: string | string[] } | undefined)?.Service ?? [];
    return effect === 'Allow' && [service].flat().includes('lambda.amazonaws.com');
  });
  if (!trusted) throw new Error(`the role defined for the function cannot be assumed by Lambda: ${roleArn}`);
}

function checkEnvironment(variables: Record<string, string>): void {
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > ENVIRONMENT_LIMIT_BYTES) {
    throw new Error(`property Environment must fit into ${ENVIRONMENT_LIMIT_BYTES} bytes, got: ${bytes}`);
  }
}

interface Code {
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly ZipFile?: string;
}

interface CodeDirectory {
  readonly directory: string;
  remove(): void;
}

function codeDirectory(code: Code, { assets }: ResourceContext): CodeDirectory {
  if (code.ZipFile !== undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'inline-function-'));
    writeFileSync(join(directory, 'index.js'), code.ZipFile);
    return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
  }
  if (code.S3Bucket === undefined || code.S3Key === undefined) {
    throw new Error('property Code needs S3Bucket and S3Key, or ZipFile');
  }
  return { directory: assets.codeDirectory(code.S3Bucket, code.S3Key), remove: () => undefined };
}

/** A hydrate function waits between reads for each instance that may read at the same time: at a speed, for as much less. */
function atSpeed(environment: Record<string, string>, speed: number): Record<string, string> {
  const { [Environment.MAX_CONCURRENCY]: instances } = environment;
  return instances === undefined || speed === 1 ? environment : { ...environment, [Environment.MAX_CONCURRENCY]: String(Number(instances) / speed) };
}
