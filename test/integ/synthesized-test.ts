import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readAssembly, type StackArtifact } from '../../local/deploy/assembly';

const ROOT = resolve(__dirname, '..', '..');

/** The names of all tests: `kinesis-processor` is `integ.kinesis-processor.ts`. */
export const testNames = readdirSync(__dirname).flatMap((file) => /^integ\.(.+)\.ts$/.exec(file)?.[1] ?? []);

/** An integration test as integ-runner finds it in a cloud assembly. */
export interface SynthesizedTest {
  readonly stack: StackArtifact;
  /** The stack of `IntegTest.assertions`. */
  readonly assertions: StackArtifact;
}

interface IntegManifest {
  readonly testCases: Record<string, { readonly stacks: readonly string[]; readonly assertionStackName: string }>;
}

/** Synthesizes a test with the feature flags of integ-runner, so that the template is the one of its snapshot. */
export async function synthesizeTest(name: string, outdir: string): Promise<SynthesizedTest> {
  const flags = readFileSync(require.resolve('@aws-cdk/integ-runner/lib/recommended-feature-flags.json'), 'utf8');
  await promisify(execFile)(process.execPath, ['-r', 'ts-node/register/transpile-only', join(__dirname, `integ.${name}.ts`)], {
    cwd: ROOT,
    env: { ...process.env, TS_NODE_PROJECT: 'tsconfig.dev.json', CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: flags },
  });
  const { testCases } = JSON.parse(readFileSync(join(outdir, 'integ.json'), 'utf8')) as IntegManifest;
  const [{ stacks: [stackName], assertionStackName }] = Object.values(testCases);
  const artifacts = readAssembly(outdir);
  const find = (wanted: string) => artifacts.find((artifact) => artifact.stackName === wanted)!;
  return { stack: find(stackName), assertions: find(assertionStackName) };
}
