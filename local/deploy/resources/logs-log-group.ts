import { LogGroup } from '../../cloudwatch-logs/log-group';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const logGroup = resourceType({
  type: 'AWS::Logs::LogGroup',
  properties: {
    LogGroupName: 'string',
    // Log events do not age here.
    RetentionInDays: 'unused',
    LogGroupClass: 'unused',
    DeletionProtectionEnabled: 'unused',
    Tags: 'unused',
    KmsKeyId: 'string',
    DataProtectionPolicy: unsupported('data protection is not emulated'),
    FieldIndexPolicies: unsupported('queries are not emulated'),
  },
  async create(properties, { account, generatedName }) {
    const name = properties.LogGroupName ?? generatedName(512);
    if (account.logGroups.has(name)) throw new Error(`log group ${name} already exists`);
    const arn = account.arn('logs', `log-group:${name}`);
    if (properties.KmsKeyId !== undefined) account.encryption.set(arn, properties.KmsKeyId);
    account.logGroups.set(name, new LogGroup());
    return {
      physicalId: name,
      attributes: { Arn: `${arn}:*` },
      delete: async () => {
        account.logGroups.delete(name);
        account.encryption.delete(arn);
      },
    };
  },
  async update({ created, after: { KmsKeyId: key } }, { account }) {
    const arn = account.arn('logs', `log-group:${created.physicalId}`);
    if (key === undefined) account.encryption.delete(arn);
    else account.encryption.set(arn, key);
    return created;
  },
});
