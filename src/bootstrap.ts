import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from './app.module.js';
import { GatewayError } from './errors/gateway-error.js';
import { toGatewayError } from './errors/to-gateway-error.js';
import type { GatewaySetup } from './gateway-setup.js';
import { DrainState } from './health/drain-state.js';
import { drainServers } from './health/shutdown.js';
import { GatewayExceptionFilter } from './pipeline/data-plane-exception.filter.js';
import { answerClientError } from './pipeline/answer-client-error.js';
import { BODY_TIMEOUT_MS } from './pipeline/read-body.js';
import { readRoutedPath } from './pipeline/read-routed-path.js';
import { registerRequestHooks } from './pipeline/request-hooks.js';
import { sendPlainError } from './pipeline/send-plain-error.js';
import { RequestFinisher } from './pipeline/request-finisher.js';
import { createClientIpResolver } from './pipeline/rate-limiter/client-ip.js';
import { IpThrottleService } from './pipeline/rate-limiter/ip-throttle.service.js';
import { ConfigChangeListener } from './tenancy/config-change-listener.js';
import { ConfigStore } from './tenancy/config-store.js';

/** Longer than the idle time of common load balancers, so that they close connections, not we. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** Headers have a minute, bodies BODY_TIMEOUT_MS and an answer in the caller's dialect; this is for what nobody reads. */
const REQUEST_TIMEOUT_MS = 60_000 + BODY_TIMEOUT_MS + 10_000;
const ADMIN_PATH = /^\/(?:admin|metrics)(?:\/|$)/;

export interface Gateway {
  readonly app: NestFastifyApplication;
  /** Base URLs once listening. */
  readonly url: string;
  readonly adminUrl: string;
  /** Drains, finishes what runs, flushes the ledger. Connections of the setup stay open; they are the caller's. */
  stop(): Promise<void>;
}

/**
 * Builds and starts the application on prepared infrastructure; the entry point, tests and benchmarks all come through
 * here. Resolves when it is ready to serve.
 */
export async function startGateway(setup: GatewaySetup, logger: LoggerService | false): Promise<Gateway> {
  const { config } = setup;
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(setup), createAdapter(), {
    bodyParser: false,
    logger,
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  leaveBodiesUnread(fastify);
  const drain = app.get(DrainState);
  const adminServer = config.adminPort === null ? null : createAdminServer(fastify);
  if (adminServer !== null) separateListeners(fastify, adminServer);
  ignoreUnknownExpectations(fastify.server);
  if (adminServer !== null) ignoreUnknownExpectations(adminServer);
  registerRequestHooks(fastify, {
    clock: setup.clock,
    resolveIp: createClientIpResolver(config.trustedProxies),
    finisher: app.get(RequestFinisher),
    ipThrottle: app.get(IpThrottleService),
    drain,
  });
  app.useGlobalFilters(app.get(GatewayExceptionFilter));

  const close = async (): Promise<void> => {
    await app.get(ConfigChangeListener).stop();
    await app.close();
  };
  try {
    await app.get(ConfigStore).load();
    app.get(ConfigChangeListener).start(setup.databaseUrl);
    await app.init();
    await fastify.ready();
    await fastify.listen({ host: config.host, port: config.port });
    if (adminServer !== null) await listen(adminServer, config.host, config.adminPort ?? 0);
    const { server } = fastify;
    return {
      app,
      url: renderUrl(server),
      adminUrl: renderUrl(adminServer ?? server),
      stop: async () => {
        await drainServers(adminServer === null ? [server] : [server, adminServer], drain, config);
        await close();
      },
    };
  } catch (error) {
    // A port that is taken, for one; the timers that run by now would go on using connections that the caller closes.
    await close();
    throw error;
  }
}

function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Answered by a hook instead, like every other error.
    http: { requireHostHeader: false },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, 'openai'),
    // Fastify's own shutdown answers 503 by itself and waits for idle sockets; drainServers does both better.
    return503OnClosing: false,
    forceCloseConnections: false,
    // Paths that its router cannot read: answered like every other error.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendPlainError(request, reply, toGatewayError(error)),
  });
}

/** Bodies are read by our guards, after the key was accepted. */
function leaveBodiesUnread(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  // Named, because Fastify reads the header anew for each request that only `*` is for.
  fastify.addContentTypeParser(['application/json', '*'], (_request, _payload, done) =>
    done(null, undefined),
  );
}

function createAdminServer(fastify: FastifyInstance): Server {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      requireHostHeader: false,
    },
    (request, response) => fastify.routing(request, response),
  );
  server.on('clientError', (error: Error, socket: Socket) => answerClientError(error, socket, 'problem'));
  return server;
}

/** An expectation that nobody knows may be ignored (RFC 9110, 10.1.1); Node.js would answer 417 by itself, without a code. */
function ignoreUnknownExpectations(server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** With a port of its own, the admin plane is not reachable on the data plane's, nor the other way round. */
function separateListeners(fastify: FastifyInstance, adminServer: Server): void {
  const adminSockets = new WeakSet<Socket>();
  adminServer.on('connection', (socket) => adminSockets.add(socket));
  fastify.addHook('onRequest', (request, _reply, done) => {
    const path = readRoutedPath(request);
    const isHealth = path.startsWith('/health/');
    if (isHealth || adminSockets.has(request.socket) === ADMIN_PATH.test(path)) done();
    else done(new GatewayError('route_not_available'));
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function renderUrl(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
