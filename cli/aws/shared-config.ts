import { homedir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../cli-error';
import type { sdk } from './sdk';

/** The settings of a profile, from the config file and the credentials file of AWS. */
export type ProfileSettings = Readonly<Partial<Record<string, string>>>;

/**
 * The settings of the profile that --profile or AWS_PROFILE names, or of the default profile, as the AWS CLI reads them: the credentials
 * file counts before the config file.
 * @throws CliError where neither file has the named profile
 */
export async function profileSettings(
  { loadSharedConfigFiles }: Awaited<ReturnType<typeof sdk.config>>, profile: string | undefined, env: NodeJS.ProcessEnv,
): Promise<ProfileSettings> {
  const configFilepath = env.AWS_CONFIG_FILE || join(homedir(), '.aws', 'config');
  const filepath = env.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), '.aws', 'credentials');
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ configFilepath, filepath });
  const named = profile || env.AWS_PROFILE;
  const name = named || 'default';
  if (named && configFile[name] === undefined && credentialsFile[name] === undefined) {
    throw new CliError(
      `profile ${named} is not found in ${configFilepath} or ${filepath}: check ${profile ? '--profile' : 'AWS_PROFILE'} ` +
        `("aws configure list-profiles" lists the profiles), or add it with "aws configure --profile ${named}"`,
    );
  }
  return { ...configFile[name], ...credentialsFile[name] };
}
