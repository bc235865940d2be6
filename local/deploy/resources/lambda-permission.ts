import type { PolicyStatement } from '../../account';
import { functionReference } from '../function-reference';
import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';

export const permission = resourceType({
  type: 'AWS::Lambda::Permission',
  properties: {
    Action: 'string',
    FunctionName: 'string',
    Principal: 'string',
    SourceArn: 'string',
    SourceAccount: 'string',
    PrincipalOrgID: unsupported('there is no organization'),
    EventSourceToken: unsupported('it is for Alexa only'),
    FunctionUrlAuthType: unsupported('function URLs are not emulated'),
    InvokedViaFunctionUrl: unsupported('function URLs are not emulated'),
  },
  required: ['Action', 'FunctionName', 'Principal'],
  async create(properties, { account, state, generatedName }) {
    const { arn } = functionReference(account, state, properties.FunctionName);
    const statement: PolicyStatement = {
      Sid: generatedName(100),
      Effect: 'Allow',
      Principal: principal(properties.Principal, account.partition),
      Action: properties.Action,
      Resource: arn,
      ...(properties.SourceArn !== undefined || properties.SourceAccount !== undefined) && {
        Condition: {
          ...properties.SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': properties.SourceArn } },
          ...properties.SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': properties.SourceAccount } },
        },
      },
    };
    const statements = () => account.resourcePolicies.get(arn)?.Statement ?? [];
    const keep = (kept: readonly PolicyStatement[]) => {
      if (kept.length > 0) account.resourcePolicies.set(arn, { Version: '2012-10-17', Statement: kept });
      else account.resourcePolicies.delete(arn);
    };
    keep([...statements(), statement]);
    return {
      physicalId: statement.Sid!,
      attributes: { Id: statement.Sid! },
      delete: async () => keep(statements().filter((other) => other !== statement)),
    };
  },
});

function principal(value: string, partition: string): unknown {
  if (value === '*') return '*';
  if (/^\d{12}$/.test(value)) return { AWS: `arn:${partition}:iam::${value}:root` };
  return value.startsWith('arn:') ? { AWS: value } : { Service: value };
}
