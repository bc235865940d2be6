import type { EventTarget } from '../../events/event-rule';
import { unsupported, checkRange } from '../property-types';
import { resourceType } from '../resource-type';

const oneBus = unsupported('events are those of this account, on its default bus');
const functionsOnly = unsupported('it is not for functions');

export const rule = resourceType({
  type: 'AWS::Events::Rule',
  properties: {
    Name: 'string',
    Description: 'unused',
    EventBusName: 'string',
    EventPattern: 'json',
    State: 'string',
    Targets: [{
      Id: 'string',
      Arn: 'string',
      DeadLetterConfig: { Arn: 'string' },
      RetryPolicy: { MaximumRetryAttempts: 'number', MaximumEventAgeInSeconds: 'number' },
      Input: unsupported('a target gets the event as it is'),
      InputPath: unsupported('a target gets the event as it is'),
      InputTransformer: unsupported('a target gets the event as it is'),
      RoleArn: functionsOnly,
      AppSyncParameters: functionsOnly,
      BatchParameters: functionsOnly,
      EcsParameters: functionsOnly,
      HttpParameters: functionsOnly,
      KinesisParameters: functionsOnly,
      RedshiftDataParameters: functionsOnly,
      RunCommandParameters: functionsOnly,
      SageMakerPipelineParameters: functionsOnly,
      SqsParameters: functionsOnly,
    }],
    Tags: 'unused',
    RoleArn: oneBus,
    ScheduleExpression: unsupported('nothing here keeps a schedule'),
  },
  required: ['EventPattern'],
  async create(properties, { account, generatedName, runtime }) {
    const { EventBusName: bus = 'default', State: state = 'ENABLED' } = properties;
    if (bus !== 'default') throw new Error(`property EventBusName must be default: there is no other bus here, got: ${bus}`);
    if (!['ENABLED', 'DISABLED'].includes(state)) throw new Error(`property State must be ENABLED or DISABLED, got: ${state}`);
    const name = properties.Name ?? generatedName(64);
    const arn = account.arn('events', `rule/${name}`);
    const running = runtime.createRule({
      ruleArn: arn,
      pattern: properties.EventPattern,
      targets: (properties.Targets ?? []).map(target),
      enabled: state === 'ENABLED',
    });
    return {
      physicalId: name,
      attributes: { Arn: arn },
      rule: running,
      delete: () => running.close(),
      close: () => running.close(),
    };
  },
});

interface Target {
  readonly Id?: string;
  readonly Arn?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
}

function target({ Id: id, Arn: arn, DeadLetterConfig: deadLetters, RetryPolicy: retries }: Target): EventTarget {
  if (id === undefined || arn === undefined) throw new Error('property Targets needs Id and Arn in each of its items');
  if (arn.split(':')[2] !== 'lambda') throw new Error(`property Targets must name functions here, got: ${arn}`);
  const deadLetterArn = deadLetters?.Arn;
  if (deadLetterArn !== undefined && (deadLetterArn.split(':')[2] !== 'sqs' || deadLetterArn.endsWith('.fifo'))) {
    throw new Error(`property DeadLetterConfig.Arn must be that of a standard SQS queue, got: ${deadLetterArn}`);
  }
  const { MaximumRetryAttempts: attempts = 185, MaximumEventAgeInSeconds: age = 86_400 } = retries ?? {};
  checkRange('MaximumRetryAttempts', attempts, 0, 185);
  checkRange('MaximumEventAgeInSeconds', age, 60, 86_400);
  return { arn, deadLetterArn, maximumRetryAttempts: attempts, maximumEventAgeSeconds: age };
}
