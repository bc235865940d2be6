/**
 * Runs the function of integ-tests-alpha for one custom resource, which is on stdin, and prints the response that it sends to CloudFormation.
 * For an assertion that waits, this calls the function again until it succeeds, as the state machine of the stack does.
 */
const https = require('node:https');
const { text } = require('node:stream/consumers');
const { setTimeout: sleep } = require('node:timers/promises');
const kinesis = require('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const [, , provider, timeoutMillis] = process.argv;
const INTERVAL_MILLIS = 500;

// What the function says to its log is not what this program prints.
console.log = console.info = () => {};

let response;
https.request = (_options, sent) => ({
  on() {},
  write(body) {
    response = body;
  },
  end() {
    sent();
  },
});

// The client uses HTTP/2 by default, which emulators do not support reliably.
const { KinesisClient } = kinesis;
const overHttp1 = { KinesisClient: class extends KinesisClient {
  constructor(config) {
    super({ ...config, requestHandler: new NodeHttpHandler() });
  }
} };
require.cache[require.resolve('@aws-sdk/client-kinesis')].exports = { ...kinesis, ...overHttp1 };

async function main() {
  const event = JSON.parse(await text(process.stdin));
  const { handler, isComplete } = require(provider);
  const context = { getRemainingTimeInMillis: () => Number(timeoutMillis), logStreamName: 'integ' };
  if (!('stateMachineArn' in event.ResourceProperties)) {
    await handler(event, context);
    return;
  }
  for (const end = Date.now() + Number(timeoutMillis); ;) {
    let said = '';
    console.log = (line) => (said += `${line}\n`);
    try {
      await isComplete(event, context);
      return;
    } catch {
      if (Date.now() > end) throw new Error(`still not as expected after ${timeoutMillis} ms\n${said}`);
      await sleep(INTERVAL_MILLIS);
    }
  }
}

main().then(
  () => {
    process.stdout.write(response);
    process.exit(0);
  },
  (error) => {
    process.stderr.write(String(error.message));
    process.exit(1);
  },
);
