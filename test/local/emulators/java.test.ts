import { join } from 'node:path';
import { javaBinary, type JavaHost } from '../../../local/emulators/java';

const said = (version: string) => `openjdk version "${version}" 2025-04-15\nOpenJDK Runtime Environment\n`;
const host = (options: Partial<JavaHost> = {}): JavaHost => ({ version: () => said('17.0.15'), ...options });

test('the Java on the PATH is taken', () => {
  const version = jest.fn(() => said('21'));
  expect(javaBinary(host({ version }))).toBe('java');
  expect(version).toHaveBeenCalledWith('java');
});

test('JAVA_HOME comes first', () => {
  expect(javaBinary(host({ javaHome: '/opt/java' }))).toBe(join('/opt/java', 'bin', 'java'));
});

test.each(['17.0.15', '17', '24-ea', '25.0.1'])('Java %s will do', (version) => {
  expect(javaBinary(host({ version: () => said(version) }))).toBe('java');
});

test('what the tools options say first is passed over', () => {
  expect(javaBinary(host({ version: () => `Picked up JAVA_TOOL_OPTIONS: -Xmx1g\n${said('17.0.1')}` }))).toBe('java');
});

const HOW = 'install a Java runtime (of any OpenJDK build, headless will do) and put it on the PATH, or set JAVA_HOME';

test.each<[string, Partial<JavaHost>, string]>([
  ['an older Java', { version: () => said('11.0.2') },
    `DynamoDB Local needs Java 17 or newer, got on the PATH: openjdk version "11.0.2" 2025-04-15; ${HOW}`],
  ['Java 8, which called itself 1.8', { version: () => said('1.8.0_422'), javaHome: '/opt/java8' },
    `DynamoDB Local needs Java 17 or newer, got in JAVA_HOME (/opt/java8): openjdk version "1.8.0_422" 2025-04-15; ${HOW}`],
  ['a program that is no Java', { version: () => '' }, `DynamoDB Local needs Java 17 or newer, got on the PATH: no version; ${HOW}`],
])('fails with %s', (_, options, message) => {
  expect(() => javaBinary(host(options))).toThrow(new Error(message));
});

test('fails where there is no Java', () => {
  const before = process.env.JAVA_HOME;
  process.env.JAVA_HOME = join(__dirname, 'no-such-directory');
  try {
    expect(() => javaBinary()).toThrow(
      `DynamoDB Local needs Java 17 or newer, found none in JAVA_HOME (${process.env.JAVA_HOME}) (spawnSync ${join(process.env.JAVA_HOME, 'bin', 'java')} ENOENT): ${HOW}`,
    );
  } finally {
    if (before === undefined) delete process.env.JAVA_HOME;
    else process.env.JAVA_HOME = before;
  }
});
