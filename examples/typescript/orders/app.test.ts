import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { OrdersStack } from './app';

test('the template is the one that was reviewed', () => {
  const template = Template.fromStack(new OrdersStack(new App(), 'Orders')).toJSON();
  const masked = JSON.stringify(template).replace(/[0-9a-f]{64}\.zip/g, '<code>.zip');
  expect(JSON.parse(masked)).toMatchSnapshot();
});
