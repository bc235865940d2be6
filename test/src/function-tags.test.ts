import { Stack, Tags } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { FailureCapture, RedriveFunction, StreamDlqOptions } from '../../src';
import { FORMAT_VERSION, FunctionRole, ResourceTag } from '../../src/contract';
import { propertiesOf, resolved, resourcesOf } from '../support/app';
import { defineDlq } from '../support/stream-dlq';

/** A StreamDlq with a function of every role. */
function define(options: (stack: Stack) => StreamDlqOptions = () => ({})) {
  const defined = defineDlq((stack) => ({ capture: FailureCapture.hydrate(), keepCapture: FailureCapture.s3(), ...options(stack) }));
  return { ...defined, redrive: new RedriveFunction(defined.stack, 'Redrive', { dlq: defined.dlq }) };
}

const withAuditLog = (stack: Stack): StreamDlqOptions => ({ auditLogGroup: new logs.LogGroup(stack, 'Audit') });

describe('by its tags the operator\'s tool knows', () => {
  const functionsOf = ({ dlq, redrive }: ReturnType<typeof define>) => [
    [FunctionRole.HYDRATE, dlq.captureFunction] as const,
    [FunctionRole.CAPTURE, dlq.node.findChild('Capture').node.findChild('Function')] as const,
    [FunctionRole.REDRIVE, redrive.function] as const,
  ];

  test('what each function is for, and the format that it works with', () => {
    for (const [role, fn] of functionsOf(define())) {
      expect(propertiesOf(fn).Tags).toEqual([
        { Key: ResourceTag.FORMAT_VERSION, Value: FORMAT_VERSION },
        { Key: ResourceTag.ROLE, Value: role },
      ]);
      expect(propertiesOf(fn).Environment.Variables.FORMAT_VERSION).toBe(FORMAT_VERSION);
    }
  });

  test('where to write who did what, where there is a log group for that', () => {
    const defined = define(withAuditLog);
    const logGroup = resolved(defined.stack, (defined.stack.node.findChild('Audit') as logs.LogGroup).logGroupName);
    for (const [role, fn] of functionsOf(defined)) {
      expect(propertiesOf(fn).Tags).toEqual([
        { Key: ResourceTag.AUDIT_LOG_GROUP, Value: logGroup },
        { Key: ResourceTag.FORMAT_VERSION, Value: FORMAT_VERSION },
        { Key: ResourceTag.ROLE, Value: role },
      ]);
    }
  });

  test('whatever tags of the same names the app adds above', () => {
    const defined = define();
    Tags.of(defined.stack).add(ResourceTag.ROLE, 'other');
    for (const [role, fn] of functionsOf(defined)) expect(propertiesOf(fn).Tags).toContainEqual({ Key: ResourceTag.ROLE, Value: role });
  });

  test('functions only: nothing else has a tag of them', () => {
    const tagged = Object.values(resourcesOf(define(withAuditLog).stack)).filter((it) => JSON.stringify(it.Properties?.Tags ?? '').includes('cdk-stream-dlq:'));
    expect(tagged.map(({ Type }) => Type)).toEqual(['AWS::Lambda::Function', 'AWS::Lambda::Function', 'AWS::Lambda::Function']);
  });
});
