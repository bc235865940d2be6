import type { Intrinsics } from './intrinsics';
import type { Template } from './template';

/** Resolves a stack's outputs, and those of them that other stacks can import. */
export function stackOutputs(
  template: Template,
  intrinsics: Intrinsics,
): { readonly values: Record<string, string>; readonly exports: Map<string, string> } {
  const values: Record<string, string> = {};
  const exports = new Map<string, string>();
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    if (output.Condition !== undefined && !intrinsics.condition(output.Condition)) continue;
    const value = intrinsics.resolve(output.Value);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new Error(`output ${name} must be a string, got: ${JSON.stringify(value)}`);
    }
    values[name] = String(value);
    if (output.Export) exports.set(String(intrinsics.resolve(output.Export.Name)), values[name]);
  }
  return { values, exports };
}
