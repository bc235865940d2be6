export type LogFormat = 'Text' | 'JSON';

/** A function as the template declares it. */
export interface FunctionSpec {
  readonly functionName: string;
  readonly functionArn: string;
  /** `nodejs24.x` or `python3.13`; every runtime of a language is run by the same binary. */
  readonly runtime: string;
  readonly handler: string;
  /** The unpacked asset. */
  readonly codeDirectory: string;
  /** The template's variables; Lambda's own are added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** MiB. */
  readonly memorySize: number;
  readonly roleArn: string;
  /** Unset: as many instances as events at a time. */
  readonly reservedConcurrency?: number;
  /** Default: `/aws/lambda/<functionName>`. */
  readonly logGroupName?: string;
  /** Default: 'Text'. */
  readonly logFormat?: LogFormat;
  /** The least severe level that is written. Default: `INFO` with the log format JSON, all levels with Text. */
  readonly logLevel?: string;
  readonly architecture?: string;
  /** Default: `$LATEST`. */
  readonly version?: string;
}

/** What Lambda's Invoke answers: an error of the function is an answer, too. */
export interface InvokeResult {
  readonly statusCode: 200;
  readonly executedVersion: string;
  readonly functionError?: 'Unhandled';
  /** JSON. */
  readonly payload: string;
}

export function logGroupNameOf(spec: FunctionSpec): string {
  return spec.logGroupName ?? `/aws/lambda/${spec.functionName}`;
}

export function versionOf(spec: Pick<FunctionSpec, 'version'>): string {
  return spec.version ?? '$LATEST';
}
