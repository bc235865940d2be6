import type { Account, PolicyDocument } from '../../account';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const key = resourceType({
  type: 'AWS::KMS::Key',
  properties: {
    KeyPolicy: 'policy',
    Description: 'unused',
    EnableKeyRotation: 'unused',
    RotationPeriodInDays: 'unused',
    PendingWindowInDays: 'unused',
    Tags: 'unused',
    Enabled: 'boolean',
    KeySpec: 'string',
    KeyUsage: 'string',
    MultiRegion: unsupported('there is one region'),
    Origin: unsupported('key material is not emulated'),
  },
  async create(properties, { account, uuid }) {
    if (properties.Enabled === false) throw new Error('property Enabled must not be false: disabled keys are not emulated');
    const { KeySpec: spec = 'SYMMETRIC_DEFAULT', KeyUsage: usage = 'ENCRYPT_DECRYPT' } = properties;
    if (spec !== 'SYMMETRIC_DEFAULT' || usage !== 'ENCRYPT_DECRYPT') {
      throw new Error('properties KeySpec and KeyUsage must describe a symmetric encryption key');
    }
    const id = uuid();
    const arn = account.arn('kms', `key/${id}`);
    account.keys.set(arn, properties.KeyPolicy ?? defaultPolicy(account));
    return {
      physicalId: id,
      attributes: { Arn: arn, KeyId: id },
      delete: async () => {
        account.keys.delete(arn);
      },
    };
  },
  updatable: ['KeyPolicy'],
  async update({ created, after }, { account }) {
    account.keys.set(created.attributes.Arn, after.KeyPolicy ?? defaultPolicy(account));
    return created;
  },
});

function defaultPolicy(account: Account): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: account.arn('iam', 'root', { global: true }) }, Action: 'kms:*', Resource: '*' }],
  };
}
