import { FakeAws } from '../fake-aws/fake-aws';
import type { FakeAwsAnswer, FakeAwsRequest } from '../fake-aws/fake-aws-process';

async function main(): Promise<void> {
  const aws = await FakeAws.start();
  const answer = (it: FakeAwsAnswer) => process.send!(it);
  process.on('message', (request: FakeAwsRequest) => {
    if (request.type === 'bench:report') answer({ type: 'bench:report', report: aws.report });
    if (request.type === 'bench:fill') void aws.fill(request.deadLetters, request).then(() => answer({ type: 'bench:filled', queueUrl: aws.queueUrl }));
  });
}

void main();
