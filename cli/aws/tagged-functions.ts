import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { NewerFormatError, requireKnownFormat } from '../../lambda/shared/dead-letter/format-version';
import { Environment, type FunctionRole, ResourceTag } from '../../src/contract';
import type { Clients } from '../context';
import { newerFormatError } from '../messages/newer-format';
import { isDenied } from './aws-error';
import { taggedResources } from './tagged-resources';

/** A function that a construct of the library defined. */
export interface TaggedFunction {
  readonly functionArn: string;
  readonly role: FunctionRole;
  readonly stackName?: string;
  readonly auditLogGroup?: string;
  /** As its tag has it. */
  readonly formatVersion?: string;
}

/** The same, with what it was told about what is around it. */
export interface ConfiguredFunction extends TaggedFunction {
  readonly environment: Readonly<Partial<Record<keyof typeof Environment, string>>>;
  /** ARN of the customer managed key of the environment, where it has one. */
  readonly environmentKey?: string;
}

/** Configurations that are asked for at a time: Lambda takes 100 such calls a second. */
const AT_A_TIME = 8;

/** The functions of the library in the account and region, or in one stack. */
export async function taggedFunctions(clients: Clients, stack?: string, abortSignal?: AbortSignal): Promise<TaggedFunction[]> {
  const found = await taggedResources(clients, 'lambda:function', stack, abortSignal);
  return found.map(({ arn: functionArn, role, ...others }) => ({ functionArn, role: role as FunctionRole, ...others }));
}

export interface ConfiguredFunctions {
  readonly functions: readonly ConfiguredFunction[];
  /** Why some of them may not be looked at, if so: those of another team's stack. */
  readonly denial?: Error;
}

/** The functions with their environments. One that was deleted meanwhile is left out: tags outlive a function for a while. */
export async function configured(clients: Clients, tagged: readonly TaggedFunction[], abortSignal?: AbortSignal): Promise<ConfiguredFunctions> {
  if (tagged.length === 0) return { functions: [] };
  const lambda = await clients.lambda();
  let denial: Error | undefined;
  const configure = async (each: TaggedFunction): Promise<ConfiguredFunction[]> => {
    try {
      const answer = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: each.functionArn }), { abortSignal });
      const { Environment: { Variables: environment = {}, Error: error } = {}, KMSKeyArn: environmentKey } = answer;
      // Lambda answers without the variables when the caller may not use their key.
      if (error) {
        denial ??= Object.assign(new Error(error.Message ?? `the environment of ${each.functionArn} cannot be decrypted`), { name: error.ErrorCode });
        return [];
      }
      return [{ ...each, environment, ...(environmentKey && { environmentKey }) }];
    } catch (error) {
      if (isDenied(error)) denial ??= error as Error;
      else if ((error as Error).name !== 'ResourceNotFoundException') throw error;
      return [];
    }
  };
  const functions: ConfiguredFunction[] = [];
  for (let start = 0; start < tagged.length; start += AT_A_TIME) {
    functions.push(...(await Promise.all(tagged.slice(start, start + AT_A_TIME).map(configure))).flat());
  }
  return { functions, ...(denial && { denial }) };
}

/** Why a function cannot be worked with, where its constructs are newer than this tool: its tag says so, or its environment. */
export function newerFormatOf(functions: readonly (TaggedFunction & Partial<ConfiguredFunction>)[]): NewerFormatError | undefined {
  try {
    for (const { functionArn, formatVersion, environment } of functions) {
      requireKnownFormat(`tag ${ResourceTag.FORMAT_VERSION} of ${functionArn}`, formatVersion);
      requireKnownFormat(`environment variable ${Environment.FORMAT_VERSION} of ${functionArn}`, environment?.FORMAT_VERSION);
    }
    return undefined;
  } catch (error) {
    if (error instanceof NewerFormatError) return error;
    throw error;
  }
}

/** @throws CliError that says what to install */
export function refuseNewer(functions: readonly (TaggedFunction & Partial<ConfiguredFunction>)[]): void {
  const newer = newerFormatOf(functions);
  if (newer) throw newerFormatError(newer);
}
