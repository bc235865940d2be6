/** A step of a deployment, as DescribeStackEvents of CloudFormation names it. */
export interface StackEvent {
  readonly logicalId: string;
  readonly type: string;
  readonly status: `${'CREATE' | 'UPDATE' | 'DELETE'}_${'IN_PROGRESS' | 'COMPLETE'}`;
}

/** The deployment waits for it. */
export type OnStackEvent = (event: StackEvent) => void | Promise<void>;
