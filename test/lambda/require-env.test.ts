import { requireEnv } from '../../lambda/require-env';
import { messageOf } from '../support/errors';

const NAME = 'CDK_STREAM_DLQ_TEST';

describe('an environment variable', () => {
  afterEach(() => {
    delete process.env[NAME];
  });

  test('that is set is returned as it is', () => {
    process.env[NAME] = ' value ';
    expect(requireEnv(NAME)).toBe(' value ');
  });

  test('that is absent is an error', () => {
    expect(messageOf(() => requireEnv(NAME))).toBe('environment variable CDK_STREAM_DLQ_TEST must be set, got: nothing');
  });

  test('that is empty is an error', () => {
    process.env[NAME] = '';
    expect(messageOf(() => requireEnv(NAME))).toBe('environment variable CDK_STREAM_DLQ_TEST must be set, got: an empty string');
  });
});
