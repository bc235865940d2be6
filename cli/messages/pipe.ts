/** Whether what a dead letter names in place of its function is an EventBridge pipe: Lambda cannot invoke it. */
export function isPipe(functionArn: string): boolean {
  return /^arn:[^:]+:pipes:/.test(functionArn);
}
