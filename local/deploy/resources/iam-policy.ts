import { resourceType } from '../resource-type';
import { attachToRoles } from '../roles';
import { refuse } from '../shape';

export const policy = resourceType({
  type: 'AWS::IAM::Policy',
  properties: {
    PolicyName: 'string',
    PolicyDocument: 'policy',
    Roles: ['string'],
    Users: refuse('there are roles only'),
    Groups: refuse('there are roles only'),
  },
  required: ['PolicyName', 'PolicyDocument', 'Roles'],
  async create({ PolicyName: name, PolicyDocument: document, Roles: roles }, { account, generatedName }) {
    return { physicalId: generatedName(128), attributes: {}, delete: attachToRoles(account, roles, name, document) };
  },
});
