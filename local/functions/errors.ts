/** What Lambda answers (429) when every instance that the function may have is busy. */
export class FunctionThrottledError extends Error {
  override readonly name = 'TooManyRequestsException';

  constructor(functionName: string, readonly reservedConcurrency: number) {
    super(`function ${functionName}: rate exceeded, reserved concurrency is ${reservedConcurrency}`);
  }
}

/** What Lambda answers (413) when an event is larger than an invocation may carry. The function is not run. */
export class PayloadTooLargeError extends Error {
  override readonly name = 'RequestTooLargeException';

  constructor(functionName: string, readonly bytes: number, readonly maximum: number) {
    super(`function ${functionName}: an event must be smaller than ${maximum} bytes, got: ${bytes} bytes`);
  }
}
