import { dirname, join } from 'node:path';
import { Assembly, loadAssemblyFromPath, Property, TypeKind } from '@jsii/spec';
import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import ts from 'typescript';
import { DynamoMappingOptions } from '../../src';

export interface MappingCase<Options> {
  readonly given: Options | ((stack: Stack) => Options);
  /** What of it has to be among the properties of the mapping. */
  readonly mapping: Record<string, unknown>;
}

const filters = [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('order') } })];
const Filters = [{ Pattern: '{"data":{"kind":["order"]}}' }];

/** Each option that mappings of every kind of stream have, with a value that is no default of anybody. */
export const MAPPING_CASES: Record<keyof DynamoMappingOptions, MappingCase<DynamoMappingOptions>> = {
  batchSize: { given: { batchSize: 250 }, mapping: { BatchSize: 250 } },
  bisectBatchOnError: { given: { bisectBatchOnError: false }, mapping: { BisectBatchOnFunctionError: false } },
  enabled: { given: { enabled: false }, mapping: { Enabled: false } },
  filterEncryption: {
    given: (stack) => ({
      filters,
      filterEncryption: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/filters'),
    }),
    mapping: { KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/filters' },
  },
  filters: { given: { filters }, mapping: { FilterCriteria: { Filters } } },
  maxBatchingWindow: { given: { maxBatchingWindow: Duration.seconds(20) }, mapping: { MaximumBatchingWindowInSeconds: 20 } },
  maxRecordAge: { given: { maxRecordAge: Duration.hours(2) }, mapping: { MaximumRecordAgeInSeconds: 7200 } },
  metricsConfig: {
    given: { metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] } },
    mapping: { MetricsConfig: { Metrics: ['EventCount'] } },
  },
  parallelizationFactor: { given: { parallelizationFactor: 4 }, mapping: { ParallelizationFactor: 4 } },
  retryAttempts: { given: { retryAttempts: 7 }, mapping: { MaximumRetryAttempts: 7 } },
  startingPosition: {
    given: { startingPosition: lambda.StartingPosition.LATEST },
    mapping: { StartingPosition: 'LATEST' },
  },
  tumblingWindow: { given: { tumblingWindow: Duration.minutes(2) }, mapping: { TumblingWindowInSeconds: 120 } },
  reportBatchItemFailures: { given: { reportBatchItemFailures: true }, mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } },
};

export function givenIn<Options>(stack: Stack, { given }: MappingCase<Options>): Options {
  return typeof given === 'function' ? (given as (scope: Stack) => Options)(stack) : given;
}

let assembly: Assembly | undefined;

/** Names of the properties that a struct of the CDK has, inherited ones as well. */
export function propertiesOfStruct(fqn: string): string[] {
  assembly ??= loadAssemblyFromPath(dirname(require.resolve('aws-cdk-lib/package.json')), false, ['intersection-types']);
  const type = assembly.types![fqn];
  if (type.kind !== TypeKind.Interface) throw new Error(`${fqn} must be a struct`);
  const own: Property[] = type.properties ?? [];
  return [...own.map(({ name }) => name), ...(type.interfaces ?? []).flatMap(propertiesOfStruct)];
}

/** Names and optionality of the properties that an interface of ours declares itself, as its source has them. */
export function declaredProperties(file: string, name: string): Map<string, { optional: boolean }> {
  const text = ts.sys.readFile(join(__dirname, '../../src', file))!;
  const struct = ts
    .createSourceFile(file, text, ts.ScriptTarget.Latest)
    .statements.filter(ts.isInterfaceDeclaration)
    .find((it) => it.name.text === name)!;
  return new Map(
    struct.members.filter(ts.isPropertySignature).map((it) => [(it.name as ts.Identifier).text, { optional: it.questionToken !== undefined }]),
  );
}
