import { CliError } from '../cli-error';
import { evaluate, type Node } from './interpreter';
import { compile } from './jmespath';
import { mistakeIn } from './mistakes';

/** Result of an expression: a value, or why there is none. */
export type Evaluated = { readonly value: unknown; readonly failure?: undefined } | { readonly failure: string };

/** A JMESPath expression. */
export class Expression {
  /**
   * @param option the option that it was given with
   * @throws CliError where it is none, with the position of the mistake
   */
  static parse(text: string, option: string): Expression {
    const mistake = mistakeIn(text);
    if (mistake !== undefined) throw new CliError(`${option} must be a JMESPath expression, got: ${text}; ${mistake}.`);
    return new Expression(text, compile(text));
  }

  private constructor(
    readonly text: string,
    private readonly node: Node,
  ) {}

  evaluate(document: unknown): Evaluated {
    try {
      return { value: evaluate(this.node, document) };
    } catch (error) {
      return { failure: (error as Error).message.replace(/\.$/, '') };
    }
  }
}

/** Whether a value counts as true: JMESPath has 0 as true; false, null, and what is empty as false. */
export function isTruthy(value: unknown): boolean {
  if (typeof value === 'number') return true;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
