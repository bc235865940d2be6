import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Assembly, isClassOrInterfaceType, isClassType, isEnumType, isInterfaceType, loadAssemblyFromPath, Type } from '@jsii/spec';
import { emptyFolder, ROOT } from './built-packages';
import { runProgram } from './run-program';

/*
 * The C# that jsii-pacmak makes of the assembly, without the .NET SDK: that every public name is there. Run by
 * `npx projen test:packages`, after `npx projen generate`.
 */
jest.setTimeout(300_000);

const NAMESPACE = 'CdkStreamDlq';
const types: readonly Type[] = Object.values((loadAssemblyFromPath(ROOT, false) as Assembly).types ?? {});

let project: string;

beforeAll(() => {
  const folder = emptyFolder();
  runProgram(ROOT, 'npx', ['jsii-pacmak', '--code-only', '--target', 'dotnet', '--outdir', folder]);
  project = join(folder, 'dotnet', NAMESPACE);
});

/** A generated file without comments and attributes: what a compiler sees as code. */
function codeOf(name: string): string {
  const text = readFileSync(join(project, NAMESPACE, `${name}.cs`), 'utf8');
  return text.split('\n').filter((line) => !/^\s*(\/\/|\[|#)/.test(line)).join('\n');
}

const pascalCase = (name: string) => `${name[0].toUpperCase()}${name.slice(1)}`;

/** What C# code may name of a type: its declaration, and its members as they begin in a line of their own. */
function namesOf(type: Type): { declarations: [file: string, code: string][]; members: string[] } {
  if (isEnumType(type)) return { declarations: [[type.name, `public enum ${type.name}\n`]], members: type.members.map(({ name }) => name) };
  if (!isClassOrInterfaceType(type)) throw new Error(`a type must be a class, an interface or an enum, got: ${JSON.stringify(type)}`);
  const members = [...(type.properties ?? []), ...(type.methods ?? [])].map(({ name }) => pascalCase(name));
  if (isClassType(type)) return { declarations: [[type.name, `public ${type.abstract ? 'abstract ' : ''}class ${type.name} : `]], members };
  if (isInterfaceType(type) && type.datatype) {
    // Props are an interface and the class that implements it.
    return { declarations: [[type.name, `public class ${type.name} : ${NAMESPACE}.I${type.name}\n`], [`I${type.name}`, `public interface I${type.name}`]], members };
  }
  return { declarations: [[type.name, `public interface ${type.name} : `]], members };
}

test.each(types.map((type): [string, Type] => [type.name, type]))('C# has %s with its members', (_name, type) => {
  const { declarations, members } = namesOf(type);
  expect(members.length).toBeGreaterThan(0);
  for (const [file, declaration] of declarations) {
    const code = codeOf(file);
    expect(code).toContain(`namespace ${NAMESPACE}\n`);
    expect(code).toContain(declaration);
    expect(members.filter((member) => !new RegExp(`^.*[ .]${member}(\\(.*|,)?$`, 'm').test(code))).toEqual([]);
  }
});

test.each([
  ['KinesisStreamProcessor', 'public KinesisStreamProcessor(Constructs.Construct scope, string id, CdkStreamDlq.IKinesisStreamProcessorProps'],
  ['KinesisStreamProcessorProps', 'public Amazon.CDK.AWS.Lambda.IFunctionProps? ProcessorProps'],
  ['KinesisStreamProcessorProps', 'public Amazon.CDK.AWS.CloudWatch.IAlarmAction[]? AlarmActions'],
  ['KinesisStreamProcessorProps', 'public CdkStreamDlq.FailureCapture? Capture'],
  ['DynamoStreamProcessor', 'public DynamoStreamProcessor(Constructs.Construct scope, string id, CdkStreamDlq.IDynamoStreamProcessorProps'],
  ['StreamDlq', 'public StreamDlq(Constructs.Construct scope, string id, CdkStreamDlq.IStreamDlqProps? props = null)'],
  ['IStreamDlq', 'public interface IStreamDlq : Constructs.IConstruct, Amazon.CDK.AWS.Lambda.IEventSourceDlq'],
  ['StreamSource', 'public static CdkStreamDlq.StreamSource Kinesis(Amazon.CDK.AWS.Kinesis.IStream stream'],
  ['FailureCapture', 'public static CdkStreamDlq.FailureCapture S3(CdkStreamDlq.IS3CaptureOptions? options = null)'],
  ['RedriveFunction', 'Amazon.CDK.AWS.IAM.Grant GrantOperatorRemoteRedrive(Amazon.CDK.AWS.IAM.IGrantable grantee)'],
])('C# has what the examples use of %s: %s', (file, code) => {
  expect(codeOf(file)).toContain(code);
});

test('the NuGet package is for .NET 6 and newer, and takes the CDK versions that the npm package takes', () => {
  const csproj = readFileSync(join(project, `${NAMESPACE}.csproj`), 'utf8');
  const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { peerDependencies: Record<string, string> };
  const range = (name: string) => {
    const [, version, major] = /^\^((\d+)\..*)$/.exec(peerDependencies[name])!;
    return `[${version},${Number(major) + 1}.0.0)`;
  };
  expect(csproj).toContain('<TargetFramework>net6.0</TargetFramework>');
  expect(csproj).toContain('<RollForward>Major</RollForward>');
  expect(csproj).toContain(`<PackageId>${NAMESPACE}</PackageId>`);
  expect(csproj).toContain(`<PackageReference Include="Amazon.CDK.Lib" Version="${range('aws-cdk-lib')}" />`);
  expect(csproj).toContain(`<PackageReference Include="Constructs" Version="${range('constructs')}" />`);
});
