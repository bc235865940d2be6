import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCloud } from '../../local/cloud';
import { itNeedsJava } from '../support/java';
import { policyOfAssertions, runAssertions } from './run-assertions';
import { synthesizeTest, testNames } from './synthesized-test';

describe('the integration tests pass on local/, and their stacks leave nothing', () => {
  for (const name of testNames) {
    const test = name.startsWith('dynamo') ? itNeedsJava : it;
    test(name, async () => {
      const outdir = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-integ-'));
      const cloud = await LocalCloud.start({ speed: 50 });
      try {
        const synthesized = await synthesizeTest(name, outdir);
        const stack = await cloud.deploy(synthesized.stack);
        const { environment } = cloud.operator(policyOfAssertions(synthesized));

        await runAssertions(synthesized, { outputs: stack.outputs, environment });

        expect(cloud.account.denials).toEqual([]);
        await stack.delete();
        expect(stack.retained).toEqual([]);
      } finally {
        await cloud.stop();
        rmSync(outdir, { recursive: true, force: true });
      }
    });
  }
});
