import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeregisterStreamConsumerCommand, DescribeStreamConsumerCommand, RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis';
import { resourceType } from '../resource-type';

export const streamConsumer = resourceType({
  type: 'AWS::Kinesis::StreamConsumer',
  properties: { ConsumerName: 'string', StreamARN: 'string', Tags: 'unused' },
  required: ['ConsumerName', 'StreamARN'],
  async create({ ConsumerName: name, StreamARN: streamArn }, { clients }) {
    const { Consumer: consumer } = await clients.kinesis.send(
      new RegisterStreamConsumerCommand({ ConsumerName: name, StreamARN: streamArn }),
    );
    const arn = consumer!.ConsumerARN!;
    const status = async () => {
      const { ConsumerDescription: answer } = await clients.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: arn }));
      return answer!.ConsumerStatus;
    };
    while (await status() !== 'ACTIVE') await sleep(50);
    return {
      physicalId: arn,
      attributes: {
        ConsumerARN: arn,
        ConsumerName: name,
        StreamARN: streamArn,
        ConsumerStatus: 'ACTIVE',
        ConsumerCreationTimestamp: String(consumer!.ConsumerCreationTimestamp!.getTime() / 1000),
      },
      async delete() {
        await clients.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: arn }));
      },
    };
  },
});
