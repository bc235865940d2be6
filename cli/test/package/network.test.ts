import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENVIRONMENT, OPERATOR, tool, TOOL } from '../support/bundled-tool';

const folder = mkdtempSync(join(tmpdir(), 'stream-dlq-network-'));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const NO_FUNCTIONS = JSON.stringify({ ResourceTagMappingList: [], PaginationToken: '' });
/** Which request of AWS it is, whatever the protocol. */
const nameOf = (request: IncomingMessage) => String(request.headers['x-amz-target'] ?? '').split('.').at(-1);

describe('an AWS behind TLS and a proxy', () => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  /** What the proxy was asked to connect to. */
  const connects: string[] = [];
  let [port, proxyPort] = [0, 0];

  beforeAll(async () => {
    execFileSync('openssl', [
      'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
      '-keyout', key, '-out', certificate,
    ], { stdio: 'ignore' });
    const aws = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) => void response.end(NO_FUNCTIONS));
    port = await listen(aws as unknown as Server);
    const proxy = createServer((_, response) => void response.writeHead(500).end());
    proxy.on('connect', (request: IncomingMessage, socket) => {
      connects.push(request.url!);
      const upstream = connect(Number(request.url!.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const each of [upstream, socket]) each.on('error', () => undefined);
    });
    proxyPort = await listen(proxy);
  });
  beforeEach(() => connects.splice(0));

  const queues = async (env: NodeJS.ProcessEnv, ...more: string[]) =>
    tool(['queues', '--json', '--endpoint-url', `https://localhost:${port}`, ...more], { ...OPERATOR, ...env });
  const LISTED = { code: 0, err: '', out: expect.stringContaining('"queues": []') as unknown };

  it('is reached through a tunnel of the proxy, with the certificate of AWS_CA_BUNDLE', async () => {
    expect(await queues({ HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, AWS_CA_BUNDLE: certificate })).toEqual(LISTED);
    expect(connects).toEqual([`localhost:${port}`]);
  });

  it.each<[string, string, string[], NodeJS.ProcessEnv]>([
    ['the default profile', '[default]', [], {}],
    ['--profile', '[profile ops]', ['--profile', 'ops'], {}],
    ['AWS_PROFILE', '[profile ops]', [], { AWS_PROFILE: 'ops' }],
  ])('is trusted by ca_bundle of %s', async (name, section, args, env) => {
    const config = join(folder, `config-${name.replaceAll(/\W/g, '')}`);
    writeFileSync(config, `${section}\nca_bundle = ${certificate}\naws_access_key_id = id\naws_secret_access_key = secret\n`);
    // Keys of the environment beside a profile: the tool says nothing of them.
    expect(await queues({ AWS_CONFIG_FILE: config, ...env }, ...args)).toEqual(LISTED);
    expect(connects).toEqual([]);
  });

  it('is not trusted without its certificate, nor reached by ALL_PROXY', async () => {
    const { code, err } = await queues({ ALL_PROXY: `http://127.0.0.1:${proxyPort}` });
    expect(code).toBe(3);
    expect(err).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(err).toContain('AWS_CA_BUNDLE');
    expect(connects).toEqual([]);
  });
});

const ROLE = 'arn:aws:iam::123456789012:role/OnCall';
const DEVICE = 'arn:aws:iam::123456789012:mfa/someone';
const ASSUMED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
  <Credentials><AccessKeyId>ASIAONCALL</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
  <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/OnCall/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>
</AssumeRoleResult></AssumeRoleResponse>`;

// `script` of util-linux gives the tool a terminal to ask on.
const describeWithTerminal = process.platform === 'linux' && existsSync('/usr/bin/script') ? describe : describe.skip;

describeWithTerminal('a profile with an MFA device, on a terminal', () => {
  it('assumes its role with the code that is typed, once for all calls', async () => {
    const assumed: URLSearchParams[] = [];
    const keys: (string | undefined)[] = [];
    const port = await listen(createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const form = new URLSearchParams(body);
        if (form.get('Action') === 'AssumeRole') {
          assumed.push(form);
          response.setHeader('content-type', 'text/xml').end(ASSUMED);
          return;
        }
        keys.push(`${nameOf(request)} ${/Credential=(\w+)\//.exec(request.headers.authorization ?? '')?.[1]}`);
        response.end(NO_FUNCTIONS);
      });
    }));
    const config = join(folder, 'mfa');
    writeFileSync(config, [
      '[profile base]', 'region = eu-west-1', 'aws_access_key_id = AKIABASE', 'aws_secret_access_key = secret',
      '[profile oncall]', 'region = eu-west-1', 'source_profile = base', `role_arn = ${ROLE}`, `mfa_serial = ${DEVICE}`, '',
    ].join('\n'));
    const child = spawn('/usr/bin/script', ['-qec', `${process.execPath} ${TOOL} queues --profile oncall`, '/dev/null'], {
      env: { ...ENVIRONMENT, AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, TERM: 'dumb' },
    });
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      if (shown.includes(`MFA code of ${DEVICE}:`) && child.stdin.writable) child.stdin.end('123456\n');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, shown.replaceAll(/\s+/g, ' ')]).toEqual([0, expect.stringContaining('no dead-letter queue of cdk-stream-dlq in this account and region')]);
    expect(assumed.map((form) => [form.get('RoleArn'), form.get('SerialNumber'), form.get('TokenCode')])).toEqual([[ROLE, DEVICE, '123456']]);
    // Of functions, and of dead-letter queues of SQS.
    expect(keys).toEqual(['GetResources ASIAONCALL', 'GetResources ASIAONCALL']);
  });
});
