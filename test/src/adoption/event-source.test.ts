import { AdoptionPath, SOURCES } from '../../support/adoption/adoption-path';
import { EVENT_SOURCE_PATHS } from '../../support/adoption/event-source-paths';
import { changesBetween, idsOf, updatedBefore } from '../../support/adoption/template-changes';
import { DEFINED, definedLater, MAPPING, templateOf } from './adoption-templates';

/*
 * What CloudFormation does when the `onFailure` of an event source becomes a StreamDlq: docs/adopting.md has the code.
 */
type Path = keyof typeof EVENT_SOURCE_PATHS;

const OTHER_DESTINATION = ['DependsOn', 'DestinationConfig'];
const SAME_DESTINATION = ['DependsOn'];

const { 'AWS::SNS::Topic': _, 'AWS::SNS::TopicPolicy': __, ...withoutTopic } = DEFINED.HYDRATE;

/** The new resources, by type, and what changes of the mapping. */
const EXPECTED: Record<Path, { added: Record<string, number>; ofMapping: string[] }> = {
  SqsDlq: { added: DEFINED.HYDRATE, ofMapping: OTHER_DESTINATION },
  SnsDlq: { added: DEFINED.HYDRATE, ofMapping: OTHER_DESTINATION },
  'SnsDlq, whose topic is kept': { added: withoutTopic, ofMapping: SAME_DESTINATION },
  S3OnFailureDestination: { added: DEFINED.S3, ofMapping: OTHER_DESTINATION },
  'S3OnFailureDestination, whose bucket is kept': {
    // The CDK turns on the notifications of a bucket by a custom resource, with a function.
    added: {
      ...DEFINED.S3, 'AWS::S3::Bucket': 1, 'AWS::S3::BucketPolicy': 1, 'AWS::IAM::Role': 2, 'AWS::IAM::Policy': 3, 'AWS::Lambda::Function': 2,
      'Custom::S3BucketNotifications': 1,
    },
    ofMapping: SAME_DESTINATION,
  },
  'S3OnFailureDestination, whose bucket is kept and sends events to EventBridge': {
    added: { ...DEFINED.S3, 'AWS::S3::Bucket': 1, 'AWS::S3::BucketPolicy': 1 }, ofMapping: SAME_DESTINATION,
  },
  'SqsDlq of an EventSourceMapping': { added: DEFINED.HYDRATE, ofMapping: OTHER_DESTINATION },
};

const paths = Object.entries(EVENT_SOURCE_PATHS) as [Path, AdoptionPath][];
const cases = paths.flatMap(([name, path]) => SOURCES.map((source) => ({ name, path, source })));

describe.each(cases)('from $name, on $source', ({ name, path, source }) => {
  const [before, adopted, cleanedUp] = (['before', 'adopted', 'cleanedUp'] as const).map((step) => templateOf(path, source, step));
  const [mapping, processor, policy] = [MAPPING, 'AWS::Lambda::Function', 'AWS::IAM::Policy'].map((type) => idsOf(before, type)[0]);

  test('one deployment adds the StreamDlq and changes the destination of the mapping: nothing is replaced or removed', () => {
    expect(changesBetween(before, adopted)).toEqual({
      added: EXPECTED[name].added,
      // That the function waits for one more policy changes nothing of the function.
      updated: { [mapping]: EXPECTED[name].ofMapping, [processor]: ['DependsOn'] },
      removedOrReplaced: {},
    });
  });

  test('the mapping changes once the new permission and all that makes dead letters are there', () => {
    const earlier = updatedBefore(adopted, mapping);
    expect(definedLater(before, adopted, earlier)).toEqual([]);
    const lets = idsOf(adopted, 'AWS::IAM::Policy').filter((id) => /PublishTo|WriteTo/.test(id));
    expect(lets).toHaveLength(1);
    expect([...earlier]).toEqual(expect.arrayContaining(lets));
  });

  test('a later deployment takes away the permission on the old destination, and nothing else', () => {
    expect(changesBetween(adopted, cleanedUp)).toEqual({ added: {}, updated: { [policy]: ['PolicyDocument'] }, removedOrReplaced: {} });
  });

  test('in the same deployment, the permission would go before the mapping changes, and failure records between would be lost', () => {
    expect(changesBetween(before, cleanedUp).updated[policy]).toEqual(['PolicyDocument']);
    expect([...updatedBefore(cleanedUp, mapping)]).toContain(policy);
  });
});
