import { OutOfTimeError } from '../../../lambda/hydrate/stream-reader';
import { batchInfo, sequenceNumber, SHARD_ID, STREAM_ARN } from '../../support/records';

test('running out of time is an error that says of what, and how far it came', () => {
  const cause = new Error('aborted');
  const error = new OutOfTimeError(batchInfo(), 2, cause);
  expect(error).toMatchObject({ name: 'OutOfTimeError', cause });
  expect(error.message).toBe(
    `no time left to read ${STREAM_ARN} ${SHARD_ID} from ${sequenceNumber(0)} to ${sequenceNumber(2)}, got: 2 of 3 records so far`,
  );
});
