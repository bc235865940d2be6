import { type FunctionSpec, versionOf } from './function-spec';

/** How an invocation ended. */
export interface InvocationEnd {
  readonly millis: number;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType?: string;
}

/**
 * What Lambda itself logs of an invocation, in the format of the function's log. The memory in use is not measured.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export class PlatformLog {
  constructor(private readonly spec: Pick<FunctionSpec, 'logFormat' | 'memorySize' | 'version'>) {}

  start(requestId: string): string[] {
    const version = versionOf(this.spec);
    return this.spec.logFormat === 'JSON' ? [json('platform.start', { requestId, version })] : [`START RequestId: ${requestId} Version: ${version}`];
  }

  end(requestId: string, { millis, status, errorType }: InvocationEnd): string[] {
    const durationMs = Math.round(millis * 100) / 100;
    const billedDurationMs = Math.ceil(millis);
    const { logFormat, memorySize: memorySizeMB } = this.spec;
    if (logFormat === 'JSON') {
      return [json('platform.report', { requestId, metrics: { durationMs, billedDurationMs, memorySizeMB }, status, ...(errorType && { errorType }) })];
    }
    const report = [
      `REPORT RequestId: ${requestId}`, `Duration: ${durationMs} ms`, `Billed Duration: ${billedDurationMs} ms`, `Memory Size: ${memorySizeMB} MB`,
      ...(status === 'success' ? [] : [`Status: ${status}`]), ...(errorType ? [`Error Type: ${errorType}`] : []),
    ];
    return [`END RequestId: ${requestId}`, report.join('\t')];
  }

  /** An invocation that ran out of time, or whose process ended: the end of the invocation follows. JSON says it in the report alone. */
  failed(text: string): string[] {
    return this.spec.logFormat === 'JSON' ? [] : [text];
  }
}

function json(type: string, record: object): string {
  return JSON.stringify({ time: new Date().toISOString(), type, record });
}
