import { bareLoop } from '../bare-loop';
import type { TargetKind } from '../fake-aws/delivery-tracker';

const [queueUrl, endpoint, to, concurrency] = process.argv.slice(2);
void bareLoop({ queueUrl, endpoint, to: to as TargetKind, concurrency: Number(concurrency) });
