import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { HttpHandlerOptions } from '@smithy/types';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { proxyFor } from './network';

type Request = Parameters<NodeHttpHandler['handle']>[0];
type Options = NodeHttpHandlerOptions & { readonly httpAgent: object; readonly httpsAgent: object };

/** Makes requests by the proxy that the environment names for their hosts, and others directly. */
export class ProxyHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  private readonly direct: NodeHttpHandler;
  private readonly proxied = new Map<string, NodeHttpHandler>();

  constructor(
    private readonly options: Options,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    this.direct = new NodeHttpHandler(options);
  }

  async handle(request: Request, options?: HttpHandlerOptions): ReturnType<NodeHttpHandler['handle']> {
    return this.handlerFor(request).handle(request, options);
  }

  destroy(): void {
    for (const handler of [this.direct, ...this.proxied.values()]) handler.destroy();
  }

  updateHttpClientConfig(): void {
    // Nothing is changed later.
  }

  httpHandlerConfigs(): ReturnType<NodeHttpHandler['httpHandlerConfigs']> {
    return this.direct.httpHandlerConfigs();
  }

  private handlerFor(request: Request): NodeHttpHandler {
    const proxy = proxyFor(request, this.env);
    if (!proxy) return this.direct;
    const known = this.proxied.get(proxy.href) ?? this.handlerBy(proxy);
    this.proxied.set(proxy.href, known);
    return known;
  }

  private handlerBy(proxy: URL): NodeHttpHandler {
    const { httpAgent, httpsAgent } = this.options;
    return new NodeHttpHandler({
      ...this.options,
      httpAgent: new HttpProxyAgent({ keepAlive: true, ...httpAgent, proxy }),
      httpsAgent: new HttpsProxyAgent({ keepAlive: true, ...httpsAgent, proxy }),
    });
  }
}
