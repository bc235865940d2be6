import type { DashboardBody } from '../../cloudwatch/dashboard';
import { resourceType } from '../resource-type';

export const dashboard = resourceType({
  type: 'AWS::CloudWatch::Dashboard',
  properties: { DashboardName: 'string', DashboardBody: 'string' },
  required: ['DashboardBody'],
  async create(properties, { account, generatedName }) {
    const name = properties.DashboardName ?? generatedName(255);
    account.dashboards.set(name, JSON.parse(properties.DashboardBody) as DashboardBody);
    return { physicalId: name, attributes: {}, delete: async () => void account.dashboards.delete(name) };
  },
  async update({ created, after }, { account }) {
    account.dashboards.set(created.physicalId, JSON.parse(after.DashboardBody) as DashboardBody);
    return created;
  },
});
