import { CloudAssembly } from 'aws-cdk-lib/cx-api';

/** One stack of a synthesized app. */
export interface StackArtifact {
  readonly stackName: string;
  readonly template: object;
  /** Directory that holds the stack's template and its assets. */
  readonly assemblyDirectory: string;
}

/** The stacks of a cdk.out directory, those of stages included, each after the stacks that it depends on. */
export function readAssembly(directory: string): StackArtifact[] {
  const ordered = new Map<string, StackArtifact>();
  const stacks = new CloudAssembly(directory).stacksRecursively;
  const visit = (stack: typeof stacks[number]) => {
    if (ordered.has(stack.hierarchicalId)) return;
    for (const dependency of stack.dependencies) {
      const found = stacks.find((other) => other === dependency);
      if (found) visit(found);
    }
    ordered.set(stack.hierarchicalId, {
      stackName: stack.stackName,
      template: stack.template as object,
      assemblyDirectory: stack.assembly.directory,
    });
  };
  stacks.forEach(visit);
  return [...ordered.values()];
}
