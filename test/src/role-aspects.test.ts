import { Aspects, CfnResource, PermissionsBoundary, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, RedriveFunction } from '../../src';
import { annotationsOf, processorProps, resourcesOf, testStack } from '../support/app';
import { partitionKey } from '../support/tables';

/** Every role that this library defines, and those of processors. */
function define(): Stack {
  const stack = testStack();
  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', {
    processorProps, capture: FailureCapture.s3(), keepCapture: FailureCapture.hydrate(), encryptionKey: new kms.Key(stack, 'Key'),
  });
  new RedriveFunction(stack, 'Redrive', { dlq });
  new DynamoStreamProcessor(stack, 'Audit', { processorProps, tableProps: { partitionKey } });
  return stack;
}

const rolesOf = (stack: Stack) => Object.entries(resourcesOf(stack)).filter(([, { Type }]) => Type === 'AWS::IAM::Role');

describe('an aspect of the app reaches the role of every function:', () => {
  test('a permissions boundary', () => {
    const stack = define();
    const boundary = 'arn:aws:iam::123456789012:policy/boundary';
    iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundary));
    const roles = rolesOf(stack);
    expect(roles.filter(([id]) => /Hydrate|Capture|Redrive/.test(id))).toHaveLength(4);
    for (const [, { Properties }] of roles) expect(Properties.PermissionsBoundary).toBe(boundary);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('a permissions boundary of the stack', () => {
    const stack = new Stack(undefined, 'Stack', { permissionsBoundary: PermissionsBoundary.fromName('boundary') });
    new KinesisStreamProcessor(stack, 'Orders', { processorProps });
    const roles = rolesOf(stack);
    expect(roles).toHaveLength(2);
    for (const [, { Properties }] of roles) expect(JSON.stringify(Properties.PermissionsBoundary)).toContain(':policy/boundary');
  });

  test('a path', () => {
    const stack = define();
    Aspects.of(stack).add({
      visit: (node) => {
        if (CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::IAM::Role') (node as iam.CfnRole).path = '/company/';
      },
    });
    for (const [, { Properties }] of rolesOf(stack)) expect(Properties.Path).toBe('/company/');
    expect(annotationsOf(stack)).toEqual([]);
  });
});
