import { recordDocument } from '../decode/record-document';
import { decodeRecord } from '../decode/stream-record';
import { count } from '../output/text';
import { Expression, isTruthy } from './expression';

/** Chooses records by what is in them, with a JMESPath expression. */
export class RecordQuery {
  /**
   * @param option the option that it was given with
   * @throws CliError where it is no JMESPath expression
   */
  static parse(text: string, option = '--where'): RecordQuery {
    return new RecordQuery(Expression.parse(text, option), option);
  }

  private failed = 0;
  private firstFailure = '';
  private noun = 'record';

  private constructor(
    private readonly expression: Expression,
    private readonly option: string,
  ) {}

  /** The same, with nothing counted. */
  again(): RecordQuery {
    return new RecordQuery(this.expression, this.option);
  }

  /** As it was given. */
  get text(): string {
    return this.expression.text;
  }

  /** Records that it could not be evaluated on: they do not match. */
  get failures(): number {
    return this.failed;
  }

  /** For users: on how many records it failed, and how. */
  get note(): string | undefined {
    if (this.failed === 0) return undefined;
    return `${this.option} failed on ${count(this.failed, this.noun)}, which ${this.failed === 1 ? 'does' : 'do'} not match: ${this.firstFailure}`;
  }

  /**
   * Whether a record matches: of an aggregate of the Kinesis Producer Library, whether any of its user records does.
   * @param number place of the record in its dead letter, from 1
   * @throws CliError where the expression cannot be evaluated on any record
   */
  matches(record: unknown, number: number): boolean {
    const { userRecords, ...whole } = recordDocument(number, decodeRecord(record), record);
    const documents = userRecords?.length ? userRecords.map((it, index) => ({ ...whole, ...it, userRecord: index + 1 })) : [whole];
    return this.matchesAny(documents);
  }

  /** Whether a message matches: the document of one that has no records. */
  matchesDocument(document: object): boolean {
    this.noun = 'message';
    return this.matchesAny([document]);
  }

  private matchesAny(documents: readonly object[]): boolean {
    let failure: string | undefined;
    for (const document of documents) {
      const result = this.expression.evaluate(document);
      if (result.failure === undefined && isTruthy(result.value)) return true;
      failure ??= result.failure;
    }
    if (failure !== undefined && this.failed++ === 0) this.firstFailure = failure;
    return false;
  }
}
