import type { CommandDefinition } from '../../command-definition';

export const queues: CommandDefinition = {
  name: 'queues',
  summary: 'list the dead-letter queues of the account and region, with message counts',
  description:
    'Lists the dead-letter queues that cdk-stream-dlq defined in the account and region, or in one stack, with the number of dead letters, ' +
    'undeliverables (events that could not become a dead letter) and parked messages (the redrive function gave up on them), and, where some wait, of ' +
    'failure records whose dead letters are still to come. Native dead-letter queues of the library are listed too.\n\n' +
    'The counts are approximate, because SQS only has approximate counts. No message is received.',
  worksOn: 'account',
  options: [],
  examples: [
    { command: 'queues', does: 'all queues in the region of your profile' },
    { command: 'queues --stack Orders --json', does: 'the queues of one stack, for a program' },
  ],
  needs: 'tag:GetResources, lambda:GetFunctionConfiguration, sqs:GetQueueAttributes',
  load: () => import('./run.js'),
};
