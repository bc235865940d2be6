import type { AdoptionPath, Source } from '../support/adoption/adoption-path';
import { EVENT_SOURCE_PATHS } from '../support/adoption/event-source-paths';
import { RESOURCE_PATHS } from '../support/adoption/resource-paths';
import { describeNeedsJava } from '../support/java';
import type { Adoption } from './adoption';
import { adoptOn } from './adoption-paths';

/*
 * Each way of docs/adopting.md, deployed with records flowing.
 */
const { 'S3OnFailureDestination, whose bucket is kept': _byCustomResource, ...emulated } = { ...EVENT_SOURCE_PATHS, ...RESOURCE_PATHS };
const PATHS: Readonly<Record<string, AdoptionPath>> = emulated;

/** No record is lost or processed twice, and what fails after the deployment is in dead letters. */
function expectAdopted({ written, processed, old, deadLetters, lost, denials, mappingIds, events }: Adoption): void {
  expect({ lost, mappings: mappingIds.length }).toEqual({ lost: [], mappings: 1 });
  expect([...new Set([...processed, ...old, ...deadLetters])].sort()).toEqual([...written].sort());
  expect(processed).toHaveLength(new Set(processed).size);
  expect([...old, ...deadLetters].every((name) => name.startsWith('poison'))).toBe(true);
  expect([old.length > 0, deadLetters.length > 0]).toEqual([true, true]);
  // Objects of a kept bucket arrive before the new rule may invoke its function: they are in the bucket, as those before.
  expect(denials.filter(({ principal }) => principal !== 'events.amazonaws.com')).toEqual([]);
  // The mapping alone, unless it keeps its destination.
  const updated = events.filter(({ status }) => status === 'UPDATE_COMPLETE').map(({ type }) => type);
  expect(updated.filter((type) => type !== 'AWS::Lambda::EventSourceMapping')).toEqual([]);
}

const on = (source: Source) => async (name: string) => expectAdopted(await adoptOn(PATHS[name], source));

describe('records flow while a StreamDlq takes the place of another destination, on Kinesis', () => {
  test.each(Object.keys(PATHS))('nothing is lost: %s', on('kinesis'));

  test('failure records are lost if the permission on the old topic goes in the same deployment', async () => {
    const { lost, denials } = await adoptOn(PATHS.SnsDlq, 'kinesis', 'cleanedUp');
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(denials.map(({ action }) => action))).toEqual(new Set(['sns:Publish']));
  });
});

describeNeedsJava('records flow while a StreamDlq takes the place of another destination, on DynamoDB', () => {
  test.each(['SqsDlq', 'a CloudFormation template', 'a Serverless Framework template'])('nothing is lost: %s', on('dynamodb'));
});
