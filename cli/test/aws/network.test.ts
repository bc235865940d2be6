import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { HttpRequest } from '@smithy/core/protocols';
import { certificates, hasProxy, proxyFor } from '../../aws/network';
import { ProxyHandler } from '../../aws/proxy-handler';

const AWS = { protocol: 'https:', hostname: 'sqs.eu-west-1.amazonaws.com' };

describe('the proxy for a request', () => {
  test.each<[string, NodeJS.ProcessEnv, string | undefined]>([
    ['none', {}, undefined],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    ['https_proxy', { https_proxy: 'http://proxy:3128' }, 'http://proxy:3128/'],
    ['https_proxy before HTTPS_PROXY', { https_proxy: 'http://one:1', HTTPS_PROXY: 'http://two:2' }, 'http://one:1/'],
    ['none where it is empty', { HTTPS_PROXY: '' }, undefined],
    ['one without a scheme', { HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
    ['none of ALL_PROXY, which the AWS CLI does not read', { ALL_PROXY: 'http://proxy:3128', all_proxy: 'http://proxy:3128' }, undefined],
    ['none of HTTP for HTTPS', { HTTP_PROXY: 'http://proxy:3128' }, undefined],
    ['none for a host of NO_PROXY', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'sqs.eu-west-1.amazonaws.com' }, undefined],
    ['none for the end of a host', { HTTPS_PROXY: 'http://proxy', no_proxy: 'localhost, .amazonaws.com' }, undefined],
    ['none for the end of a host, without its dot', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'amazonaws.com' }, undefined],
    ['none for any host', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '*' }, undefined],
    ['none for the port of a host', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '*.amazonaws.com:443' }, undefined],
    ['one for another port', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'amazonaws.com:8443' }, 'http://proxy/'],
    ['one for another host', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'aws.com,west-1.amazonaws.com' }, 'http://proxy/'],
  ])('is %s', (_, env, expected) => expect(proxyFor(AWS, env)?.href).toBe(expected));

  test('is that of HTTP for HTTP', () => {
    const env = { HTTP_PROXY: 'http://proxy', NO_PROXY: 'localhost:4566' };
    expect(proxyFor({ protocol: 'http:', hostname: 'example.com' }, env)?.href).toBe('http://proxy/');
    expect(proxyFor({ protocol: 'http:', hostname: 'localhost', port: 4566 }, env)).toBeUndefined();
    expect([hasProxy(env), hasProxy({ NO_PROXY: '*' }), hasProxy({ ALL_PROXY: 'http://proxy' })]).toEqual([true, false, false]);
  });

  test('must be of HTTP, and what it holds is not said', () => {
    expect(() => proxyFor(AWS, { HTTPS_PROXY: 'socks5://mia:secret@proxy' })).toThrow(/^HTTPS_PROXY must be the URL of an HTTP proxy, as in http:\/\/proxy:3128$/);
  });
});

describe('a request', () => {
  const servers: Server[] = [];
  const listen = async (server: Server) => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  let connects: IncomingMessage[];
  let [proxyPort, port] = [0, 0];
  beforeEach(async () => {
    connects = [];
    const proxy = createServer();
    proxy.on('connect', (request: IncomingMessage, socket) => {
      connects.push(request);
      const [host, to] = request.url!.split(':');
      const upstream = connect(Number(to), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => undefined);
      socket.on('error', () => undefined);
    });
    proxyPort = await listen(proxy);
    port = await listen(createServer((_, response) => void response.end('answered')));
  });
  afterEach(() => servers.splice(0).forEach((server) => {
    server.close();
    server.closeAllConnections();
  }));

  const requestBy = async (env: NodeJS.ProcessEnv) => {
    const handler = new ProxyHandler({ httpAgent: {}, httpsAgent: {} }, env);
    try {
      const { response } = await handler.handle(new HttpRequest({ protocol: 'http:', hostname: '127.0.0.1', port, path: '/', method: 'GET' }));
      response.body.resume();
      return response.statusCode;
    } finally {
      handler.destroy();
    }
  };

  test('goes by the proxy, with the name and password in its URL', async () => {
    expect(await requestBy({ HTTP_PROXY: `http://mia:secret@127.0.0.1:${proxyPort}` })).toBe(200);
    expect(connects.map(({ url, headers }) => [url, headers['proxy-authorization']])).toEqual([
      [`127.0.0.1:${port}`, `Basic ${Buffer.from('mia:secret').toString('base64')}`],
    ]);
  });

  test('goes directly where NO_PROXY has its host', async () => {
    expect(await requestBy({ HTTP_PROXY: `http://127.0.0.1:${proxyPort}`, NO_PROXY: '127.0.0.1' })).toBe(200);
    expect(connects).toEqual([]);
  });
});

describe('the certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-dlq-ca-'));
  const path = join(folder, 'ca.pem');
  beforeAll(() => writeFileSync(path, 'certificate'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each<[string, NodeJS.ProcessEnv, string | undefined, boolean]>([
    ['AWS_CA_BUNDLE', { AWS_CA_BUNDLE: path }, undefined, true],
    ['ca_bundle of the profile', {}, path, true],
    ['AWS_CA_BUNDLE before ca_bundle', { AWS_CA_BUNDLE: path }, join(folder, 'gone.pem'), true],
    ['neither', { AWS_CA_BUNDLE: '' }, undefined, false],
  ])('are those of Node.js and of %s', (_, env, ofProfile, isMore) => {
    expect(certificates(env, ofProfile)).toEqual(isMore ? [...rootCertificates, 'certificate'] : undefined);
  });

  test.each<[string, NodeJS.ProcessEnv, string | undefined]>([
    ['AWS_CA_BUNDLE', { AWS_CA_BUNDLE: join(folder, 'gone.pem') }, undefined],
    ['ca_bundle of the profile', {}, join(folder, 'gone.pem')],
  ])('must be in a file: %s', (name, env, ofProfile) => {
    expect(() => certificates(env, ofProfile)).toThrow(new RegExp(`^${name} must be a file of certificates, got: \\S+gone\\.pem \\(ENOENT`));
  });
});
