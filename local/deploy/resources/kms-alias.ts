import { keyArn } from '../arns';
import { resourceType } from '../resource-type';

export const keyAlias = resourceType({
  type: 'AWS::KMS::Alias',
  properties: { AliasName: 'string', TargetKeyId: 'string' },
  required: ['AliasName', 'TargetKeyId'],
  async create({ AliasName: name, TargetKeyId: target }, { account }) {
    if (!name.startsWith('alias/') || name.startsWith('alias/aws/')) {
      throw new Error(`property AliasName must start with alias/ and not with alias/aws/, got: ${name}`);
    }
    if (account.keyAliases.has(name)) throw new Error(`KMS alias ${name} already exists`);
    account.keyAliases.set(name, keyArn(account, target));
    return {
      physicalId: name,
      attributes: {},
      delete: async () => {
        account.keyAliases.delete(name);
      },
    };
  },
  async update({ created, after }, { account }) {
    account.keyAliases.set(created.physicalId, keyArn(account, after.TargetKeyId));
    return created;
  },
});
