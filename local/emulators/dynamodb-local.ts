import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { javaBinary } from './java';
import { childEnvironment, ManagedProcess } from './managed-process';
import { RUNTIME_DIRECTORY } from './node-binary';

/** Where the jar is, once it is installed. */
export const DYNAMODB_LOCAL_DIRECTORY = join(RUNTIME_DIRECTORY, 'dynamodb-local');

const CONFIGURATION = join(__dirname, 'process', 'dynamodb-local.xml');

/** For tests: small, and quick to start rather than quick after an hour. */
const JVM_OPTIONS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'];

/** DynamoDB Local in a Java process of its own. */
export class DynamoDbLocal extends ManagedProcess {
  static start(java: string = javaBinary()): DynamoDbLocal {
    const jar = join(DYNAMODB_LOCAL_DIRECTORY, 'DynamoDBLocal.jar');
    if (!existsSync(jar)) throw new Error('DynamoDB Local is not installed in local/runtime: run `npm run prepare` where Java is on the PATH');
    return new DynamoDbLocal(java, jar);
  }

  private stdout = '';

  private constructor(java: string, jar: string) {
    super(
      spawn(
        java,
        [
          ...JVM_OPTIONS,
          `-Djava.library.path=${join(jar, '..', 'DynamoDBLocal_lib')}`,
          // Nothing but warnings.
          '-Dorg.eclipse.jetty.LEVEL=WARN', '-Dorg.eclipse.jetty.util.log.announce=false',
          '-cp', jar, 'org.eclipse.jetty.xml.XmlConfiguration', CONFIGURATION,
        ],
        {
          env: childEnvironment(),
          stdio: ['pipe', 'pipe', 'pipe'],
          // Ctrl-C reaches the whole process group: the parent decides when its children end.
          detached: true,
        },
      ),
      { name: 'DynamoDB Local' },
    );
    // The child may be gone already.
    this.process.stdin!.on('error', () => {});
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
  }

  /** Its address, once it listens. */
  async listening(timeoutMs?: number): Promise<string> {
    return this.waitForReport(
      () => /^(http:\/\/[\d.:]+)\/?\s*$/m.exec(this.stdout)?.[1],
      async (signal) => once(this.process.stdout!, 'data', { signal }),
      timeoutMs,
    );
  }

  protected requestStop(): void {
    this.process.stdin!.end();
  }
}
