import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Alarms, FailureCapture, KinesisStreamProcessor, RedriveFunction } from '../src';
import { graphOf, TemplateResource } from './architecture-graph';

/* The pictures of docs/architecture.md, each made of the template of a small app. A test fails when they are not current. */
export const PICTURES = join(resolve(__dirname, '..'), 'docs', 'images');

function resourcesWith(capture: FailureCapture): Record<string, TemplateResource> {
  const outdir = mkdtempSync(join(tmpdir(), 'architecture-'));
  const app = new App({ outdir, treeMetadata: false });
  const stack = new Stack(app, 'Stack');
  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', {
    processorProps: { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {};') },
    alarms: Alarms.essential(),
    capture,
  });
  new RedriveFunction(stack, 'Redrive', { dlq });
  const { Resources } = app.synth().getStackByName('Stack').template;
  rmSync(outdir, { recursive: true });
  return Resources;
}

/** Each picture by the name of its file. */
export async function pictures(): Promise<Record<string, string>> {
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  const draw = (capture: FailureCapture) => viz.renderString(graphOf(resourcesWith(capture)), { format: 'svg' })
    // The comments name the version of Graphviz.
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    // Graphviz knows how wide Arial is, and takes one font only.
    .replaceAll('font-family="Arial"', 'font-family="Arial,Helvetica,sans-serif"');
  return { 'architecture-hydrate.svg': draw(FailureCapture.hydrate()), 'architecture-s3.svg': draw(FailureCapture.s3()) };
}

async function main(): Promise<void> {
  for (const [name, svg] of Object.entries(await pictures())) writeFileSync(join(PICTURES, name), svg);
}

if (require.main === module) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
