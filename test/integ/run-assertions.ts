import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { PolicyDocument, PolicyStatement } from '../../local/account';
import { creationOrder } from '../../local/deploy/creation-order';
import { Intrinsics } from '../../local/deploy/intrinsics';
import { asTemplate, type Template } from '../../local/deploy/template';
import type { SynthesizedTest } from './synthesized-test';

/** The function of `IntegTest.assertions`, as integ-tests-alpha has it. */
const PROVIDER = join(dirname(require.resolve('@aws-cdk/integ-tests-alpha')), 'assertions/providers/lambda-handler.bundle/index.js');

/** CloudFormation refuses a longer response of a custom resource. */
const LONGEST_RESPONSE = 4_096;

/** As long as an assertion may take here. */
const TIMEOUT_MILLIS = 120_000;

export interface RunAssertionsOptions {
  /** The outputs of the deployed stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Credentials, Region and endpoint of the SDK clients. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs after each call. */
  readonly afterCall?: (api: string) => Promise<void>;
}

/**
 * Makes the calls of the synthesized assertions, one after the other as CloudFormation would, by the code that it would run: that of
 * integ-tests-alpha. Throws for the first one that fails.
 */
export async function runAssertions({ stack, assertions }: SynthesizedTest, options: RunAssertionsOptions): Promise<void> {
  const { outputs, environment, afterCall } = options;
  const template = asTemplate(assertions.template);
  const exported = exportsOf(stack.template as Template, outputs);
  const intrinsics = new Intrinsics(template, {
    importValue: (name) => exported[name],
    ref: (name) => name,
    attribute: (logicalId, attribute) => `${logicalId}.${attribute}`,
    stackOutput: (...output) => output.join('.'),
  });
  const isAssertion = (logicalId: string) => template.Resources[logicalId].Type.startsWith('Custom::DeployAssert@');
  const inOrder = creationOrder(template, intrinsics, new Set(Object.keys(template.Resources))).filter(isAssertion);
  for (const logicalId of inOrder) {
    const { Type, Properties } = template.Resources[logicalId];
    const properties = intrinsics.resolve(Properties) as Record<string, unknown>;
    await runAssertion({
      RequestType: 'Create',
      ResponseURL: 'https://cloudformation.invalid/',
      StackId: 'integ',
      RequestId: logicalId,
      LogicalResourceId: logicalId,
      ResourceType: Type,
      ResourceProperties: properties,
    }, environment);
    await afterCall?.(String(properties.api));
  }
}

/** What the functions that make the calls may do. */
export function policyOfAssertions({ assertions }: SynthesizedTest): PolicyDocument {
  const { Resources: resources } = assertions.template as Template;
  const roles = Object.values(resources).filter(({ Type }) => Type === 'AWS::IAM::Role').map(({ Properties }) => Properties!);
  const documents = roles.flatMap(({ Policies = [] }) => Policies as readonly { readonly PolicyDocument: PolicyDocument }[]);
  const statements = documents.flatMap(({ PolicyDocument: { Statement } }) => Statement);
  // Those of the state machines name their functions by references.
  return { Version: '2012-10-17', Statement: statements.filter(isOnEverything) };
}

function isOnEverything({ Resource }: PolicyStatement): boolean {
  return JSON.stringify([Resource].flat()) === '["*"]';
}

function exportsOf({ Outputs: declared = {} }: Template, outputs: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(declared).map(([name, { Export }]) => [Export?.Name ?? name, outputs[name]] as const);
  return Object.fromEntries(entries);
}

interface ResourceEvent {
  readonly ResourceProperties: Record<string, unknown>;
  readonly [name: string]: unknown;
}

interface ResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason: string;
}

async function runAssertion(event: ResourceEvent, environment: Readonly<Record<string, string>>): Promise<void> {
  const { service, api } = event.ResourceProperties;
  const text = await callProvider(event, environment);
  const { Status, Reason } = JSON.parse(text) as ResourceResponse;
  if (Status !== 'SUCCESS') throw new Error(`${service} ${api}: ${Reason}`);
  if (text.length > LONGEST_RESPONSE) {
    throw new Error(`${service} ${api}: a response must be at most ${LONGEST_RESPONSE} bytes, got: ${text.length}; ask for less`);
  }
}

/** The response that the function sends to CloudFormation. */
async function callProvider(event: object, environment: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [join(__dirname, 'process', 'assertion.cjs'), PROVIDER, String(TIMEOUT_MILLIS)];
    const { PATH = '' } = process.env;
    const child = execFile(process.execPath, args, { env: { PATH, ...environment } }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
    child.stdin!.end(JSON.stringify(event));
  });
}
