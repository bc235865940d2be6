import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A processor with bugs that come and go without a deployment: `bugs.json` in STATE_FOLDER says how the names of the records begin that meet
 * one. What it has processed is in `processed`, a name a line. The name of a record is the first word of its data or its body, or the id of its item.
 * Events are in `events` as they came, and in `failed` where it throws, an event a line.
 */
export async function handler(event) {
  const { Records: records } = event;
  const bugs = JSON.parse(readFileSync(join(process.env.STATE_FOLDER, 'bugs.json'), 'utf8'));
  const note = (file) => appendFileSync(join(process.env.STATE_FOLDER, file), `${JSON.stringify(event)}\n`);
  const names = records.map(nameOf);
  const bitten = (bug) => names.findIndex((name) => bugs[bug]?.some((start) => name.startsWith(start)));

  if (bitten('crash') >= 0) process.exit(1);
  if (bitten('throw') >= 0 || bitten('reject') >= 0) note('failed');
  if (bitten('throw') >= 0) throw new TypeError(`${names[bitten('throw')]} has no quantity`);
  if (bitten('reject') >= 0) throw new RangeError(`the total of ${names[bitten('reject')]} is below zero`);
  const failed = bitten('report');
  note('events');
  const processed = failed < 0 ? names : names.slice(0, failed);
  appendFileSync(join(process.env.STATE_FOLDER, 'processed'), processed.map((name) => `${name}\n`).join(''));
  return { batchItemFailures: failed < 0 ? [] : [{ itemIdentifier: sequenceNumberOf(records[failed]) }] };
}

function nameOf({ kinesis, dynamodb, body }) {
  if (body !== undefined) return /^(?:\{"name":")?([\w-]*)/.exec(body)[1];
  // Data that a filter looks into is JSON: `{"name":"…`.
  return dynamodb ? dynamodb.Keys.id.S : /^(?:\{"name":")?([\w-]*)/.exec(Buffer.from(kinesis.data, 'base64').toString('latin1'))[1];
}

function sequenceNumberOf({ kinesis, dynamodb, messageId }) {
  return kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber ?? messageId;
}
