import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { KinesisStreamProcessor } from '../../src';
import { processorProps, propertiesOf, testApp } from '../support/app';

function define(app: App = testApp()) {
  return new KinesisStreamProcessor(new Stack(app, 'Stack'), 'Orders', { processorProps });
}

function templateOf(orders: KinesisStreamProcessor): string {
  return JSON.stringify((orders.node.root as App).synth().getStackByName('Stack').template);
}

describe('the same app', () => {
  test('has the same template each time, to the byte', () => {
    expect(templateOf(define())).toBe(templateOf(define()));
  });

  test('has the same template when it is synthesized again', () => {
    const orders = define();
    const app = orders.node.root as App;
    const before = templateOf(orders);
    expect(JSON.stringify(app.synth({ force: true }).getStackByName('Stack').template)).toBe(before);
  });

  test('has the same hydrate function, whichever folder it is synthesized to', () => {
    const codes = [define(), define()].map(({ dlq }) => {
      const code = propertiesOf(dlq.captureFunction).Code;
      return { code, folder: join((dlq.node.root as App).outdir, `asset.${code.S3Key.replace('.zip', '')}`) };
    });
    expect(codes[0].code).toEqual(codes[1].code);
    expect(codes[0].folder).not.toBe(codes[1].folder);
    expect(codes.map(({ folder }) => existsSync(join(folder, 'index.mjs')))).toEqual([true, true]);
  });
});
