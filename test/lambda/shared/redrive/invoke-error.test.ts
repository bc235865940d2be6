import { functionErrorReason } from '../../../../lambda/shared/redrive/invoke-error';

const of = (answer: unknown) => functionErrorReason(JSON.stringify(answer), 'Unhandled');

describe('why a function failed', () => {
  test('is the error that it threw', () => {
    expect(of({ errorType: 'TypeError', errorMessage: 'no such field', trace: [] })).toEqual({ name: 'TypeError', message: 'no such field' });
  });

  test.each(['Sandbox.Timedout', 'Function<RuntimeError>', 'com.acme.Outer$Inner', 'std::string', 'my_error', 'E'.repeat(100)])('has a name of any runtime: %s', (errorType) => {
    expect(of({ errorType }).name).toBe(errorType);
  });

  test.each<[string, unknown]>([
    ['none', undefined],
    ['an empty one', ''],
    ['no text', { card: 4111 }],
    ['words', 'card 4111 1111 1111 1111'],
    ['a number', '4111111111111111'],
    ['several lines', 'Error\n{"result":"sent"}'],
    ['one without end', 'E'.repeat(101)],
  ])('has the FunctionError of Lambda when its own name is %s', (_, errorType) => {
    expect(of({ errorType, errorMessage: 'x' })).toEqual({ name: 'Unhandled', message: 'x' });
  });

  test.each(['', 'oops', 'null', '[]', '{"errorMessage":5}'])('refers to the log when the response does not say: %s', (answer) => {
    expect(functionErrorReason(answer, 'Handled')).toEqual({ name: 'Handled', message: 'the function failed without a message; see its log' });
  });
});
