import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { FullJitterRetry } from '../../lambda/shared/client-options';

/** An answer of a service: a status with a body, or a broken connection. */
export type Answer = Error | { readonly status: number; readonly body: string };

export const ok = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });
export const refusal = (status: number, name: string): Answer => ({ status, body: JSON.stringify({ __type: name, message: 'no' }) });

/** The configuration of a real client, whose retries do not wait, of a service that gives these answers: the last of them for ever. */
export function answering(answers: readonly Answer[], onRequest: (count: number) => void = () => undefined) {
  const requests: string[] = [];
  const config = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'none' },
    retryStrategy: new FullJitterRetry(() => 0),
    requestHandler: {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: async (request: { headers: Record<string, string> }, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
        requests.push(request.headers['x-amz-target'].split('.')[1]);
        onRequest(requests.length);
        await turn();
        if (abortSignal?.aborted) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
        const answer = answers[Math.min(requests.length, answers.length) - 1];
        if (answer instanceof Error) throw answer;
        return { response: { statusCode: answer.status, headers: {}, body: Readable.from([Buffer.from(answer.body)]) } };
      },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    },
  };
  return { requests, config };
}
