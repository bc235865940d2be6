import { InvokeIdentities } from '../../../lambda/hydrate/invoke-identities';
import { FUNCTION_ARN, ROLE_ARN } from '../../support/records';

describe('the role of a processor', () => {
  const identities = new InvokeIdentities([
    { functionArn: FUNCTION_ARN, roleArn: ROLE_ARN },
    { functionArn: `${FUNCTION_ARN}-2:live`, roleArn: `${ROLE_ARN}-2` },
  ]);

  test('is known by its ARN', () => {
    expect(identities.roleArnOf(FUNCTION_ARN)).toBe(ROLE_ARN);
  });

  test('is known by the ARN of an alias', () => {
    expect(identities.roleArnOf(`${FUNCTION_ARN}-2:live`)).toBe(`${ROLE_ARN}-2`);
  });

  test.each(['live', '7', '$LATEST'])('is known by the ARN with a qualifier that the construct did not see: %s', (qualifier) => {
    expect(identities.roleArnOf(`${FUNCTION_ARN}:${qualifier}`)).toBe(ROLE_ARN);
  });

  test('of one alias is not that of another', () => {
    const both = new InvokeIdentities([
      { functionArn: FUNCTION_ARN, roleArn: ROLE_ARN },
      { functionArn: `${FUNCTION_ARN}:live`, roleArn: `${ROLE_ARN}-live` },
    ]);
    expect([both.roleArnOf(FUNCTION_ARN), both.roleArnOf(`${FUNCTION_ARN}:live`)]).toEqual([ROLE_ARN, `${ROLE_ARN}-live`]);
  });

  test.each([`${FUNCTION_ARN}-3`, `${FUNCTION_ARN}-2`, `${FUNCTION_ARN}-2:other`, ''])('is not known for another function: %s', (arn) => {
    expect(identities.roleArnOf(arn)).toBeUndefined();
  });

  test('is not known where there are none', () => {
    expect(new InvokeIdentities([]).roleArnOf(FUNCTION_ARN)).toBeUndefined();
  });
});
