import { artifact, DIST } from './built-packages';
import { runProgram } from './run-program';

export type Language = 'csharp' | 'go' | 'java' | 'python';

/** An example of README.md or of a docstring. */
export interface Example {
  /** Where it is: a number for those of README.md, or the class that it is of. */
  readonly name: string;
  readonly inReadme: boolean;
  readonly typescript: string;
  readonly translations: Readonly<Record<Language, string>>;
}

interface Tablet {
  readonly snippets: Record<string, {
    readonly location: { readonly api: { readonly api: string; readonly fqn?: string } };
    readonly translations: Readonly<Record<string, { readonly source: string } | undefined>>;
  }>;
}

/** The examples in the npm package, which the packages of the other languages are made from. */
export function translatedExamples(): Example[] {
  const tablet = JSON.parse(runProgram(DIST, 'tar', ['-xzOf', artifact('js', '.tgz'), 'package/.jsii.tabl.json'])) as Tablet;
  return Object.values(tablet.snippets).map(({ location: { api }, translations }, index) => {
    const source = (language: string) => translations[language]?.source ?? '';
    return {
      name: api.fqn?.replace(/^.*\./, '') ?? `Readme${index + 1}`,
      inReadme: api.api === 'moduleReadme',
      typescript: source('$'),
      translations: { csharp: source('csharp'), go: source('go'), java: source('java'), python: source('python') },
    };
  });
}

/** The first example of README.md: the only one that is a whole program. */
export const isProgram = ({ typescript }: Example) => typescript.startsWith('import ');

const indented = (text: string, columns: number) => text.replace(/^(?=.)/gm, ' '.repeat(columns));

const PYTHON_IMPORTS = `from aws_cdk import Duration, Stack
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_dynamodb import AttributeType
from aws_cdk.aws_kinesis import IStream
from aws_cdk.aws_lambda import Code, IFunction, Runtime, StartingPosition, Tracing
from aws_cdk.aws_lambda_event_sources import KinesisEventSource
from aws_cdk.aws_sns import ITopic
from cdk_stream_dlq import (
    Alarms, DynamoStreamProcessor, FailureCapture, Idempotency, IStreamDlq, KinesisStreamProcessor, QueueProcessor, RedriveFunction,
    StreamDlq, StreamSource
)
`;

/** A module for mypy, with the example in a method of a stack. What the example declares are parameters, which it has as comments. */
export function pythonModule(example: Example): string {
  const source = example.translations.python;
  // jsii-rosetta writes no types of parameters.
  if (isProgram(example)) return `# mypy: allow-untyped-defs, allow-untyped-calls\n${source}\n`;
  const declared = [...source.matchAll(/^# (\w+: \w+)$/gm)].map(([, parameter]) => `, ${parameter}`).join('');
  return `${PYTHON_IMPORTS}\n\nclass Example(Stack):\n    def example(self${declared}) -> None:\n${indented(source, 8)}\n`;
}

const JAVA_IMPORTS = `import io.github.cdkstreamdlq.*;
import java.util.List;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.dynamodb.Attribute;
import software.amazon.awscdk.services.dynamodb.AttributeType;
import software.amazon.awscdk.services.dynamodb.TablePropsV2;
import software.amazon.awscdk.services.kinesis.IStream;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FunctionProps;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.lambda.StartingPosition;
import software.amazon.awscdk.services.lambda.Tracing;
import software.amazon.awscdk.services.lambda.eventsources.KinesisEventSource;
import software.amazon.awscdk.services.sns.ITopic;
`;

/** A class with the example in a method. What the example declares are fields: a local variable has to have a value. */
export function javaClass({ name, translations }: Example): string {
  const lines = translations.java.split('\n');
  const isDeclaration = (line: string) => /^\w+ \w+;$/.test(line);
  const [fields, statements] = [lines.filter(isDeclaration), lines.filter((line) => !isDeclaration(line))].map((them) => them.join('\n'));
  return `${JAVA_IMPORTS}\nclass Example${name} extends Stack {\n${indented(fields, 4)}\n\n    void example() {\n${indented(statements, 8)}\n    }\n}\n`;
}

const GO_MODULES: Readonly<Record<string, string>> = {
  awscdk: 'github.com/aws/aws-cdk-go/awscdk/v2',
  cdkstreamdlq: 'github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq',
  constructs: 'github.com/aws/constructs-go/constructs/v10',
  jsii: 'github.com/aws/jsii-runtime-go',
};

/** A package with each example in a function, which has its scope as `this`. */
export function goPackage(examples: readonly Example[]): string {
  const functions = examples.map(({ name, translations: { go } }) => `func example${name}(this constructs.Construct) {\n${go}\n}\n`).join('\n');
  const packages = [...new Set([...functions.matchAll(/\b([a-z]+)\.[A-Z]/g)].map(([, name]) => name))].filter((it) => it in GO_MODULES || it.startsWith('aws'));
  const imports = packages.map((name) => `\t"${GO_MODULES[name] ?? `${GO_MODULES.awscdk}/${name}`}"`);
  return `package examples\n\nimport (\n${imports.join('\n')}\n)\n\n${functions}`;
}
