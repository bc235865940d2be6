import type { CommandDefinition } from '../command-definition';

export const queues: CommandDefinition = {
  name: 'queues',
  summary: 'list the dead-letter queues of the account and region, and how much is in them',
  description:
    'Lists the dead-letter queues that cdk-stream-dlq defined in the account and region, or in one stack: how many dead letters, how many ' +
    'undeliverables (what could not become a dead letter) and how many parked messages (what the redrive function gave up on).\n\n' +
    'Counts are approximate, as SQS has them. Nothing is received: looking costs no message a receive.',
  worksOn: 'account',
  options: [],
  examples: [
    { command: 'queues', does: 'everything in the region of your profile' },
    { command: 'queues --stack Orders --json', does: 'what one stack has, for a program' },
  ],
  needs: 'tag:GetResources, lambda:GetFunctionConfiguration, sqs:GetQueueAttributes',
  load: () => import('../commands/queues.js'),
};
