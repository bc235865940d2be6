import type { Template } from '../pipeline/pipeline';

/** There are no properties for these: the account's limit does on AWS, and a short timeout is for nobody else. */
export interface Limits {
  /** How many events the function handles at a time. Default: 4. */
  readonly concurrency?: number;
  /** In real time. Default: 60, the least that its property takes. */
  readonly timeoutSeconds?: number;
  /** In MB. Default: the construct's. */
  readonly memorySize?: number;
}

/** Limits the function that has an id in its logical id. */
export function limitFunction(template: Template, idPart: string, { concurrency = 4, timeoutSeconds = 60, memorySize }: Limits): void {
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::Lambda::Function' && id.includes(idPart)) {
      Object.assign(Properties, {
        ReservedConcurrentExecutions: concurrency,
        Timeout: timeoutSeconds,
        ...(memorySize !== undefined && { MemorySize: memorySize }),
      });
    }
  }
}
