import { readJson } from '../dead-letter/failure-record';
import { Reason } from './target';

/**
 * Names of errors as the runtimes of Lambda give them: `TypeError`, `Sandbox.Timedout`, `Function<RuntimeError>`, `a.b.C$D`. They are
 * logged and audited. Whatever else a function calls its error may be data, of any length.
 */
const ERROR_NAME = /^[A-Za-z][\w.$:<>]{0,99}$/;

/** Why a function failed: the error that it threw, or Lambda's word for how it ended. */
export function reasonOfFailure(answer: string, functionError: string): Reason {
  const { errorType, errorMessage } = (readJson(answer) ?? {}) as { errorType?: unknown; errorMessage?: unknown };
  return {
    name: typeof errorType === 'string' && ERROR_NAME.test(errorType) ? errorType : functionError,
    message: typeof errorMessage === 'string' ? errorMessage : 'the function failed without a message: its log says more',
  };
}
