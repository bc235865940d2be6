import { resourceType } from '../resource-type';

/** Recorded only. */
export const dashboard = resourceType({
  type: 'AWS::CloudWatch::Dashboard',
  properties: { DashboardName: 'string', DashboardBody: 'string' },
  required: ['DashboardBody'],
  async create(properties, { generatedName }) {
    JSON.parse(properties.DashboardBody);
    return { physicalId: properties.DashboardName ?? generatedName(255), attributes: {}, delete: async () => undefined };
  },
});
