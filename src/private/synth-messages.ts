import * as access from './access-rules';
import { DLQ_RULES, TABLE_READER_RULES } from './dlq-rules';
import { MAPPING_RULES } from './mapping-rules';
import { QUEUE_RULES } from './queue-rules';
import { CONSUMER_RULES, PROCESSOR_RULES, REDRIVE_IN_EARLIER_STACK, REDRIVE_RULES, SHARING_RULES } from './redrive-rules';
import { SynthMessage } from './rules';

export const SYNTH_MESSAGES: readonly Pick<SynthMessage<never>, 'id' | 'level'>[] = [
  ...MAPPING_RULES, ...DLQ_RULES, ...TABLE_READER_RULES, ...QUEUE_RULES, ...REDRIVE_RULES, ...CONSUMER_RULES, ...SHARING_RULES,
  ...PROCESSOR_RULES, REDRIVE_IN_EARLIER_STACK, ...Object.values(access),
];
