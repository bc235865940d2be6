import { failureRecord } from '../../../../test/support/records';
import { nextSteps } from '../../../commands/show/next-steps';

const commandsFor = (functionArn: string) =>
  nextSteps({ status: 'COMPLETE', recoveredRecords: 3, failure: failureRecord(), functionArn, text: '{}' }, { isAlone: true, isInFile: true }, new Date())
    .map(({ command }) => command);

test('a dead letter of an EventBridge pipe is sent to a function that the operator names', () => {
  expect(commandsFor('arn:aws:pipes:us-east-1:123456789012:pipe/orders')).toEqual(['redrive ID --function NAME']);
  expect(commandsFor('arn:aws:lambda:us-east-1:123456789012:function:orders')).toEqual(['redrive ID']);
});
