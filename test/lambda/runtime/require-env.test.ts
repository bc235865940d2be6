import { requireEnv, requireNumberEnv } from '../../../lambda/runtime/require-env';
import { messageOf } from '../../support/errors';

const NAME = 'CDK_STREAM_DLQ_TEST';
afterEach(() => {
  delete process.env[NAME];
});

describe('an environment variable', () => {
  test('that is set is returned unchanged', () => {
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

describe('an environment variable that is a number', () => {
  test.each([['1', 1], ['1048576', 1_048_576], ['0.5', 0.5]])('is returned as one: %s', (text, value) => {
    process.env[NAME] = text;
    expect(requireNumberEnv(NAME)).toBe(value);
  });

  test.each(['0', '-1', 'NaN', 'Infinity', '1 MiB', ' ', 'undefined'])('is an error when it is not above 0: %p', (text) => {
    process.env[NAME] = text;
    expect(messageOf(() => requireNumberEnv(NAME))).toBe(`environment variable CDK_STREAM_DLQ_TEST must be a number above 0, got: ${text}`);
  });

  test('is an error when it is absent', () => {
    expect(messageOf(() => requireNumberEnv(NAME))).toBe('environment variable CDK_STREAM_DLQ_TEST must be set, got: nothing');
  });
});
