import { explainAwsError, isServiceError } from '../aws/aws-error';
import { environmentValues } from '../aws/dlq-group';
import { queueState } from '../aws/queue-state';
import type { Context } from '../context';
import type { Dlq } from '../dlq';
import { count } from '../output/text';

type Asker = Pick<Context, 'clients' | 'options' | 'aborted'>;
type Functions = Dlq['functions'];

/** What waits in the queues of one kind beside a dead-letter queue: StreamDlqs that share it may each have one. */
export interface Waiting {
  /** About, with those in flight and delayed. */
  readonly messages: number;
  /** Queues that hold some. */
  readonly queueUrls: readonly string[];
  /** Why a queue could not be asked, if so: its messages are not counted. */
  readonly unknown?: string;
}

/** Failure records that dead letters are still to be made of. Undefined where no queue for them is known, as with S3 capture. */
export async function waitingFailureRecords(context: Asker, functions: Functions): Promise<Waiting | undefined> {
  return waitingIn(context, environmentValues(functions, 'INTAKE_QUEUE_URL'));
}

/** Events that could not become a dead letter. Undefined where no queue for them is known. */
export async function waitingUndeliverables(context: Asker, functions: Functions): Promise<Waiting | undefined> {
  return waitingIn(context, environmentValues(functions, 'UNDELIVERABLE_QUEUE_URL'));
}

/** As a sentence: none where nothing waits, as far as is known. */
export function failureRecordsText(waiting: Waiting | undefined): string | undefined {
  if (!waiting || waiting.messages === 0) return undefined;
  const [verb, their] = waiting.messages === 1 ? ['waits', 'its dead letter is'] : ['wait', 'their dead letters are'];
  return `about ${count(waiting.messages, 'failure record')} ${verb} in the intake queue: ${their} still to come`;
}

/** What a command looks at is in another queue: one that is gone, or that may not be asked, does not end it. */
async function waitingIn({ clients, options, aborted }: Asker, urls: readonly string[]): Promise<Waiting | undefined> {
  if (urls.length === 0) return undefined;
  const sqs = await clients.sqs();
  let unknown: string | undefined;
  const numbers = await Promise.all(urls.map(async (queueUrl) => {
    try {
      const { visible, inFlight, delayed } = (await queueState(sqs, queueUrl, aborted)).messages;
      return { queueUrl, messages: visible + inFlight + delayed };
    } catch (error) {
      if (aborted.aborted || !isServiceError(error)) throw error;
      unknown = explainAwsError(error, options)?.message ?? (error as Error).message;
      return { queueUrl, messages: 0 };
    }
  }));
  return {
    messages: numbers.reduce((sum, { messages }) => sum + messages, 0),
    queueUrls: numbers.filter(({ messages }) => messages > 0).map(({ queueUrl }) => queueUrl),
    ...(unknown !== undefined && { unknown }),
  };
}
