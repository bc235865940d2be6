import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, AppProps, CfnElement, Stack, StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DISABLE_LOGICAL_ID_METADATA } from 'aws-cdk-lib/cx-api';
import { Construct, IConstruct } from 'constructs';

const assemblies = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
afterAll(() => rmSync(assemblies, { recursive: true, force: true }));

/**
 * An app with an assembly folder of its own, which goes when the test file ends. Its templates are those of any app. It leaves out
 * what the CDK CLI shows beside them, which takes a tenth of the time: the tree of constructs and where logical ids come from.
 */
export function testApp(props: AppProps = {}): App {
  const context = { [DISABLE_LOGICAL_ID_METADATA]: true };
  return new App({ outdir: mkdtempSync(join(assemblies, 'app-')), treeMetadata: false, context, ...props });
}

/** As the CDK CLI runs an app: it stops at errors, and looks up what is missing, itself. Newer versions of the CDK throw at either without it. */
export const BY_CLI = { '@aws-cdk/core:failSynthOnValidationErrors': false };

export function testStack(props: StackProps = {}, app = testApp()): Stack {
  return new Stack(app, 'Stack', props);
}

/** The properties of a function that costs nothing to define. */
export const processorProps: lambda.FunctionProps = {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async () => {};'),
};

export function testProcessor(scope: Construct, id = 'Processor', props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(scope, id, { ...processorProps, ...props });
}

/** A resource as it is in a template. */
export interface TemplateResource {
  readonly Type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any JSON: what it holds is what a test asserts
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The resources of a stack, by logical id. */
export function resourcesOf(scope: IConstruct): Record<string, TemplateResource> {
  return Template.fromStack(Stack.of(scope)).toJSON().Resources;
}

/** The resource that a construct stands for, from the synthesized template. */
export function resourceOf(construct: IConstruct): TemplateResource {
  return resourcesOf(construct)[logicalId(construct)];
}

export function propertiesOf(construct: IConstruct): TemplateResource['Properties'] {
  return resourceOf(construct).Properties ?? {};
}

export function logicalId(construct: IConstruct): string {
  return Stack.of(construct).getLogicalId((construct.node.defaultChild ?? construct) as CfnElement);
}

/** How many resources of a type a stack defines. */
export function countOf(scope: IConstruct, type: string): number {
  return Object.values(resourcesOf(scope)).filter((it) => it.Type === type).length;
}

/** A value of another stack as the template has it: imported, or looked up where references between stacks are weak. */
export function referenceTo(stack: Stack): object {
  return stack.node.tryGetContext('@aws-cdk/core:defaultCrossStackReferences') === 'weak'
    ? { 'Fn::GetStackOutput': expect.objectContaining({ StackName: stack.stackName }) }
    : { 'Fn::ImportValue': expect.stringContaining(`${stack.stackName}:ExportsOutput`) };
}

/** A value as the template has it. */
export function resolved(scope: IConstruct, value: unknown): unknown {
  return Stack.of(scope).resolve(value);
}

/** Every warning and error that a stack was annotated with. */
export function annotationsOf(stack: Stack): string[] {
  const annotations = Annotations.fromStack(stack);
  const anything = Match.anyValue();
  return [...annotations.findWarning('*', anything), ...annotations.findError('*', anything)].map(
    ({ id, level, entry }) => `${level} ${id}: ${entry.data}`,
  );
}

/** The same, but for what is said of a StreamDlq that no mapping sends to, as in a test that needs none. */
export function annotationsOfUnbound(stack: Stack): string[] {
  return annotationsOf(stack).filter((it) => !it.includes('cdk-stream-dlq:streamDlqWithoutMapping'));
}
