import { App, Stack } from 'aws-cdk-lib';

/** When each part of an app was done, in milliseconds since the start of its process. */
export interface Times {
  readonly imported: number;
  readonly constructed: number;
  readonly synthesized: number;
  /** Of all threads, up to the end. */
  readonly cpuMillis: number;
  /** Files that were loaded. */
  readonly modules: number;
  readonly resources: number;
}

/** Processors of one stack: CloudFormation takes 500 resources. */
const OF_A_STACK = 20;

/**
 * Synthesizes an app with so many processors, and prints when what was done. Arguments: how many, and where to.
 *
 * @param _classes what the app uses: packages load a class when it is first named, so that an import alone says nothing
 */
export function synthApp(_classes: readonly unknown[], define: (stack: Stack, index: number) => void): void {
  const imported = performance.now();
  const [, , count, outdir] = process.argv;
  const app = new App({ outdir });
  for (let index = 0; index < Number(count); index++) define(stackOf(app, Math.floor(index / OF_A_STACK)), index);
  const constructed = performance.now();
  const { stacks } = app.synth();
  const synthesized = performance.now();
  const { user, system } = process.cpuUsage();
  const resources = stacks.reduce((sum, { template }) => sum + Object.keys((template as { Resources: object }).Resources).length, 0);
  const times: Times = {
    imported, constructed, synthesized, cpuMillis: (user + system) / 1_000, modules: Object.keys(require.cache).length, resources,
  };
  process.stdout.write(JSON.stringify(times));
}

function stackOf(app: App, number: number): Stack {
  const id = `Bench${number}`;
  return (app.node.tryFindChild(id) as Stack | undefined) ?? new Stack(app, id);
}
