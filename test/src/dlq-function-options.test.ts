import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { DlqFunctionOptions, FailureCapture, RedriveFunction, StreamDlq, StreamDlqOptions } from '../../src';
import { annotationsOf, countOf, logicalId, propertiesOf, resolved, testProcessor } from '../support/app';
import { messageOf } from '../support/errors';
import { allow, managedPoliciesOf, permissionsOf, Statement, statementsOf, statementsOfImportedRole } from '../support/policies';
import { defineDlq, processWith } from '../support/stream-dlq';

type Options<T> = T | ((stack: Stack) => T);
type Definer = (options?: Options<DlqFunctionOptions>, ofDlq?: Options<StreamDlqOptions>) => Defined;

interface Defined {
  readonly stack: Stack;
  readonly dlq: StreamDlq;
  readonly fn: lambda.IFunction;
  readonly connectable: ec2.IConnectable;
}

const valueOf = <T>(options: Options<T>, stack: Stack) => (typeof options === 'function' ? (options as (stack: Stack) => T)(stack) : options);

/** A function of this library, of a StreamDlq that has a mapping. */
function definer(capture: (options: DlqFunctionOptions) => FailureCapture): Definer {
  return (options = {}, ofDlq = {}) => {
    const { stack, dlq, stream } = defineDlq((it) => ({ ...valueOf(ofDlq, it), capture: capture(valueOf(options, it)) }));
    processWith(dlq, testProcessor(stack), stream);
    return { stack, dlq, fn: dlq.captureFunction, connectable: dlq };
  };
}

const defineRedrive: Definer = (options = {}, ofDlq = {}) => {
  const { stack, dlq, stream } = defineDlq(ofDlq);
  processWith(dlq, testProcessor(stack), stream);
  const redrive = new RedriveFunction(stack, 'Redrive', { dlq, ...valueOf(options, stack) });
  return { stack, dlq, fn: redrive.function, connectable: redrive };
};

const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/for-functions';
const assumedByLambda = { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') };
const keyArnOf = (stack: Stack) => resolved(stack, (stack.node.findChild('Key') as kms.Key).keyArn);
const warningsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'));
const logGroupOf = (fn: lambda.IFunction) => fn.node.scope!.node.findChild('LogGroup') as logs.LogGroup;
const mayBe = (role: iam.IRole, action: string) => statementsOf(role).filter(({ Action }) => [Action].flat().includes(action));
const ofLogs = (stack: Stack) =>
  (propertiesOf(stack.node.findChild('Key')).KeyPolicy.Statement as Statement[]).filter(({ Principal }) => JSON.stringify(Principal).includes('logs.'));

describe.each<[string, string, Definer]>([
  ['FailureCapture.hydrate()', 'Stack/Dlq/Hydrate', definer((it) => FailureCapture.hydrate(it))],
  ['FailureCapture.s3()', 'Stack/Dlq/Capture', definer((it) => FailureCapture.s3(it))],
  ['a RedriveFunction', 'Stack/Redrive', defineRedrive],
])('the function of %s', (_, path, define) => {
  const refusal = (options: Options<DlqFunctionOptions>) => messageOf(() => define(options));
  const variablesOf = ({ fn }: Defined) => propertiesOf(fn).Environment.Variables;

  test('has none of what a company adds, unless it is asked for', () => {
    const { fn } = define();
    for (const property of ['FunctionName', 'KmsKeyArn', 'TracingConfig', 'VpcConfig']) expect(propertiesOf(fn)).not.toHaveProperty(property);
    expect(variablesOf(define())).not.toHaveProperty('LOG_LEVEL');
    expect(propertiesOf(logGroupOf(fn))).toEqual({ RetentionInDays: 30 });
    expect(mayBe(fn.role!, 'ec2:CreateNetworkInterface')).toEqual([]);
    expect(managedPoliciesOf(fn.role!)).toEqual([]);
  });

  test('functionName', () => {
    expect(propertiesOf(define({ functionName: 'dead-letters' }).fn).FunctionName).toBe('dead-letters');
  });

  test.each(['INFO', 'WARN', 'ERROR'] as lambda.ApplicationLogLevel[])('logLevel %s', (logLevel) => {
    expect(variablesOf(define({ logLevel })).LOG_LEVEL).toBe(logLevel);
  });

  test.each(['TRACE', 'DEBUG', 'FATAL'] as lambda.ApplicationLogLevel[])('logLevel %s is refused', (logLevel) => {
    expect(refusal({ logLevel })).toBe(`[${path}] \`logLevel\` must be one of INFO, WARN, ERROR, got: ${logLevel}; the function logs nothing at other levels`);
  });

  describe('tracing', () => {
    test.each([lambda.Tracing.ACTIVE, lambda.Tracing.PASS_THROUGH])('%s lets the function write traces', (tracing) => {
      const { fn } = define({ tracing });
      expect(propertiesOf(fn).TracingConfig).toEqual({ Mode: tracing });
      expect(mayBe(fn.role!, 'xray:PutTraceSegments')).toEqual([expect.objectContaining({ Resource: '*' })]);
    });

    test('DISABLED lets it write none', () => {
      expect(mayBe(define({ tracing: lambda.Tracing.DISABLED }).fn.role!, 'xray:PutTraceSegments')).toEqual([]);
    });
  });

  describe('vpc', () => {
    const inVpc = (more: (vpc: ec2.Vpc, stack: Stack) => DlqFunctionOptions = () => ({})) => (stack: Stack) => {
      const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, restrictDefaultSecurityGroup: false });
      return { vpc, ...more(vpc, stack) };
    };
    const subnetsOf = (vpc: ec2.Vpc, which: 'privateSubnets' | 'publicSubnets') => vpc[which].map((it) => ({ Ref: logicalId(it) }));
    const vpcOf = ({ stack }: Defined) => stack.node.findChild('Vpc') as ec2.Vpc;

    test('is where the function runs, in private subnets and with a security group of its own', () => {
      const defined = define(inVpc());
      expect(propertiesOf(defined.fn).VpcConfig).toEqual({
        SubnetIds: subnetsOf(vpcOf(defined), 'privateSubnets'), SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringContaining('SecurityGroup'), 'GroupId'] }],
      });
    });

    test('lets the role manage network interfaces by its own policy, without a managed policy', () => {
      const { fn } = define(inVpc());
      expect(mayBe(fn.role!, 'ec2:CreateNetworkInterface')).toEqual([
        allow(
          [
            'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface',
            'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
          ],
          '*',
        ),
      ]);
      expect(managedPoliciesOf(fn.role!)).toEqual([]);
    });

    test('takes other subnets and security groups', () => {
      const defined = define(inVpc((vpc, stack) => ({
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, availabilityZones: [vpc.availabilityZones[0]] },
        securityGroups: [new ec2.SecurityGroup(stack, 'Group', { vpc })],
      })));
      expect(propertiesOf(defined.fn).VpcConfig).toEqual({
        SubnetIds: [subnetsOf(vpcOf(defined), 'privateSubnets')[0]],
        SecurityGroupIds: [{ 'Fn::GetAtt': [logicalId(defined.stack.node.findChild('Group')), 'GroupId'] }],
      });
    });

    test('gives it connections', () => {
      const { stack, connectable, fn } = define(inVpc());
      const endpoint = new ec2.SecurityGroup(stack, 'Endpoint', { vpc: stack.node.findChild('Vpc') as ec2.Vpc });
      endpoint.connections.allowFrom(connectable, ec2.Port.tcp(443));
      expect(connectable.connections).toBe(fn.connections);
      expect(countOf(stack, 'AWS::EC2::SecurityGroupIngress')).toBe(1);
    });

    test('is what connections need', () => {
      expect(() => define().connectable.connections).toThrow(/VPC/);
    });

    test.each<[string, (stack: Stack) => DlqFunctionOptions]>([
      ['`vpcSubnets`', () => ({ vpcSubnets: {} })],
      ['`securityGroups`', (stack) => ({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] })],
      ['`vpcSubnets` and `securityGroups`', () => ({ vpcSubnets: {}, securityGroups: [] })],
    ])('is missed beside %s', (props, options) => {
      expect(refusal(options)).toBe(`[${path}] ${props} must be set with \`vpc\`, got: no \`vpc\`; pass \`vpc\` too`);
    });
  });

  describe('role', () => {
    test('of this app is the role of the function, and gets the same permissions', () => {
      const { stack, fn } = define((it) => ({ role: new iam.Role(it, 'Given', assumedByLambda) }));
      const role = stack.node.findChild('Given') as iam.Role;
      expect(propertiesOf(fn).Role).toEqual(resolved(stack, role.roleArn));
      expect(fn.node.scope!.node.tryFindChild('Role')).toBeUndefined();
      const mayWithoutLog = (it: iam.IRole) => permissionsOf(statementsOf(it)).map(({ Action }) => Action as string).filter((action) => !action.startsWith('logs:')).sort();
      expect(mayWithoutLog(role)).toEqual(mayWithoutLog(define().fn.role!));
      expect(mayBe(role, 'logs:PutLogEvents')).toHaveLength(1);
      expect(warningsOf(stack)).toEqual([]);
    });

    test('that is imported gets a policy', () => {
      const { stack, fn } = define((it) => ({ role: iam.Role.fromRoleArn(it, 'Given', ROLE_ARN) }));
      expect(propertiesOf(fn).Role).toBe(ROLE_ARN);
      const actions = statementsOfImportedRole(stack, 'for-functions').flatMap(({ Action }) => Action);
      expect(actions).toEqual(expect.arrayContaining(['sqs:SendMessage', 'logs:PutLogEvents']));
      expect(warningsOf(stack)).toEqual([]);
    });

    test('of another stack is refused: its policies would make a cycle', () => {
      const other = new Stack(undefined, 'Other');
      expect(refusal({ role: new iam.Role(other, 'Given', assumedByLambda) })).toBe(
        `[${path}] \`role\` must be of the stack of the function, got: 'Other/Given'; import it there by Role.fromRoleArn(): its policies ` +
          'name resources of the stack of the function, which would be a cycle of stacks',
      );
    });

    test('that takes no policies is refused: the function could do nothing', () => {
      expect(refusal((stack) => ({ role: iam.Role.fromRoleArn(stack, 'Given', ROLE_ARN, { mutable: false }) }))).toBe(
        `[${path}] \`role\` must be one that this app can extend, got: 'Stack/Given', which takes no policies; define the role in ` +
          'this app, or import it with `mutable`: the function gets its permissions by policies of the role',
      );
    });
  });

  describe('environmentEncryption', () => {
    const encrypted = (stack: Stack) => ({ environmentEncryption: new kms.Key(stack, 'Key') });

    test('encrypts the environment, which the role may decrypt', () => {
      const { stack, fn } = define(encrypted);
      expect(propertiesOf(fn).KmsKeyArn).toEqual(keyArnOf(stack));
      expect(mayBe(fn.role!, 'kms:Decrypt')).toContainEqual(allow('kms:Decrypt', keyArnOf(stack)));
      expect(propertiesOf(logGroupOf(fn))).not.toHaveProperty('KmsKeyId');
    });

    test('may be decrypted by an operator too, who finds the queues in it', () => {
      const { stack, dlq } = define(encrypted);
      const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
      dlq.grantOperatorRead(operator);
      expect(mayBe(operator, 'kms:Decrypt')).toContainEqual(allow('kms:Decrypt', keyArnOf(stack)));
    });

    test('is the key of the StreamDlq by default', () => {
      const { stack, fn } = define({}, (it) => ({ encryptionKey: new kms.Key(it, 'Key') }));
      expect(propertiesOf(fn).KmsKeyArn).toEqual(keyArnOf(stack));
    });

    test('comes before the key of the StreamDlq', () => {
      const { stack, fn } = define(encrypted, () => ({ encryptionKey: undefined }));
      expect(propertiesOf(fn).KmsKeyArn).toEqual(keyArnOf(stack));
    });
  });

  describe('the key of the StreamDlq', () => {
    test('encrypts the log group, and lets CloudWatch Logs use it for log groups of the account only', () => {
      const { stack, fn } = define({}, (it) => ({ encryptionKey: new kms.Key(it, 'Key') }));
      expect(propertiesOf(logGroupOf(fn)).KmsKeyId).toEqual(keyArnOf(stack));
      const [statement, ...others] = ofLogs(stack);
      expect(others).toEqual([]);
      expect(resolved(stack, statement)).toMatchObject({
        Effect: 'Allow',
        Principal: { Service: 'logs.amazonaws.com' },
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': { 'Fn::Join': ['', expect.arrayContaining([':log-group:*'])] } } },
      });
      expect(warningsOf(stack)).toEqual([]);
    });

    test('leaves the log group alone where it is imported, whose policy cannot let CloudWatch Logs in', () => {
      const { fn } = define({}, (it) => ({ encryptionKey: kms.Key.fromKeyArn(it, 'Key', KEY_ARN) }));
      expect(propertiesOf(logGroupOf(fn))).not.toHaveProperty('KmsKeyId');
      expect(propertiesOf(fn).KmsKeyArn).toBe(KEY_ARN);
      const { metadata } = fn.node.scope!.node;
      expect(metadata.map(({ data }) => data)).toContainEqual(expect.stringContaining('the log group is encrypted with a key that CloudWatch Logs manages'));
    });

    test('is not for a log group that is passed in', () => {
      const { stack, fn } = define(
        (it) => ({ logGroup: new logs.LogGroup(it, 'Given') }), (it) => ({ encryptionKey: new kms.Key(it, 'Key') }),
      );
      expect(propertiesOf(stack.node.findChild('Given'))).not.toHaveProperty('KmsKeyId');
      expect(propertiesOf(fn).LoggingConfig).toEqual({ LogGroup: { Ref: logicalId(stack.node.findChild('Given')) } });
    });
  });
});

describe('a role that is also that of something else', () => {
  const define = (options: (role: iam.IRole) => StreamDlqOptions, roleOfProcessor = true) => {
    const { stack, dlq, stream } = defineDlq((it) => options(new iam.Role(it, 'Given', assumedByLambda)));
    const role = stack.node.findChild('Given') as iam.Role;
    processWith(dlq, testProcessor(stack, 'Processor', roleOfProcessor ? { role } : {}), stream);
    return { stack, dlq, role };
  };

  test.each([FailureCapture.hydrate, FailureCapture.s3])('makes no cycle where it is that of the processor', (capture) => {
    const { stack, dlq, role } = define((it) => ({ capture: capture({ role: it }) }));
    new RedriveFunction(stack, 'Redrive', { dlq, role });
    expect(annotationsOf(stack)).toEqual([]);
    const ofProcessor = stack.node.findChild('Processor').node.findChild('InvokeSelf');
    const actions = permissionsOf(propertiesOf(ofProcessor).PolicyDocument.Statement).map(({ Action }) => Action);
    expect(actions.sort()).toEqual(['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction']);
  });

  test.each(['Redrive', 'Capture'])('makes no cycle where a function of this library is an operator: %s', (which) => {
    const { stack, dlq } = define(() => ({}), false);
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq });
    dlq.grantOperatorRedrive(which === 'Redrive' ? redrive.function : dlq.captureFunction);
    expect(annotationsOf(stack)).toEqual([]);
  });
});
