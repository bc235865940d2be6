import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The oldest release that DynamoDB Local is run on here. */
const OLDEST_JAVA = 17;

const NEEDS_JAVA = `DynamoDB Local needs Java ${OLDEST_JAVA} or newer`;
const HOW_TO_GET_IT = 'install a Java runtime (of any OpenJDK build, headless will do) and put it on the PATH, or set JAVA_HOME';

export interface JavaHost {
  readonly javaHome?: string;
  /** What `java -version` says. Throws where there is no such program. */
  version(binary: string): string;
}

/** The Java that runs DynamoDB Local: of JAVA_HOME if that is set, else the one on the PATH. */
export function javaBinary(host: JavaHost = { javaHome: process.env.JAVA_HOME, version: versionOf }): string {
  const { javaHome } = host;
  const binary = javaHome ? join(javaHome, 'bin', 'java') : 'java';
  const place = javaHome ? `in JAVA_HOME (${javaHome})` : 'on the PATH';
  let said: string;
  try {
    said = host.version(binary);
  } catch (error) {
    throw new Error(`${NEEDS_JAVA}, found none ${place} (${(error as Error).message}): ${HOW_TO_GET_IT}`, { cause: error });
  }
  // Up to Java 8, releases were 1.x.
  const [, version] = /version "(?:1\.)?(\d+)/.exec(said) ?? [];
  if (version === undefined || Number(version) < OLDEST_JAVA) {
    throw new Error(`${NEEDS_JAVA}, got ${place}: ${said.trim().split('\n')[0] || 'no version'}; ${HOW_TO_GET_IT}`);
  }
  return binary;
}

/** Why DynamoDB Local cannot run here, if it cannot. */
export function whyNoJava(): string | undefined {
  try {
    javaBinary();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function versionOf(binary: string): string {
  const { error, stderr } = spawnSync(binary, ['-version'], { encoding: 'utf8' });
  if (error) throw error;
  return stderr;
}
