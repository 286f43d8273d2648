import { randomBytes, randomUUID } from "node:crypto";
import { isIP } from "node:net";
import type { Logger } from "pino";
import { LiveCalls } from "../b2bua/directory.ts";
import { openFrontDoor } from "../b2bua/front-door.ts";
import { LegMedia, PortEvents } from "../b2bua/leg-media.ts";
import { type Authenticate, Switchboard } from "../b2bua/switchboard.ts";
import type { CallDirectory, CallView } from "../b2bua/types.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { type Failure, messageOf } from "../core/failure.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { MediaEngine } from "../mixer/engine/media-engine.ts";
import { createWorkerEngine, type WorkerEngineOptions } from "../mixer/engine/worker-engine.ts";
import { DigestAuthenticator } from "../sip/auth/digest-authenticator.ts";
import { nodeHash } from "../sip/auth/node-hash.ts";
import { createUserAgent, type RunningUserAgent } from "../sip/dialog/user-agent.ts";
import { createRegistrar } from "../sip/registrar/register-handler.ts";
import { DEFAULT_TIMERS, type TimerValues } from "../sip/transaction/timers.ts";
import { openTransport } from "../sip/transport/open-transport.ts";
import type { Destination, ListenPoint, Transport } from "../sip/transport/types.ts";
import { openStore, type Store } from "../store/store.ts";
import { createSupervision, type Supervision } from "../supervision/supervision-desk.ts";
import type { Configuration, ConfiguredUser } from "./config/configuration.ts";

/** What is alive in a server: all zero some time after the last call. */
export interface Counts {
  readonly calls: number;
  readonly supervisions: number;
  readonly sessions: number;
  readonly transactions: number;
  readonly ports: number;
}

/** A server that accepts calls. */
export interface RunningServer {
  /** Where phones reach it, as URLs ("udp://127.0.0.1:5060"); a port 0 of the configuration is resolved. */
  readonly addresses: readonly string[];
  readonly calls: CallDirectory;
  readonly supervision: Supervision;
  readonly engine: MediaEngine;
  readonly store: Store;
  counts(): Counts;
  /** Puts other users in the place of the present ones; every supervision is judged again at once. */
  replaceUsers(users: readonly ConfiguredUser[]): void;
  /** Hangs up every call, answers its phones and frees every port. */
  close(): Promise<void>;
}

/** What a test may put in the place of the usual. */
export interface Substitutes {
  /** SIP timers T1, T2, T4, so that the last transaction of a test is over soon. */
  readonly timers?: TimerValues;
  /** Starts a media worker, so that a test can end one. */
  readonly startWorker?: WorkerEngineOptions["start"];
}

/** Opens what can fail - database, media, sockets - and composes the house on it. What was opened is closed on a failure. */
export async function startServer(
  configuration: Configuration,
  log: Logger,
  substitutes: Substitutes = {},
): Promise<Result<RunningServer, Failure>> {
  const store = openStore(configuration.store.path);
  if (!store.ok) return store;
  const engine = await createWorkerEngine({
    bindAddress: mediaAddressOf(configuration.sip.listen),
    portRange: configuration.media.ports,
    ...(substitutes.startWorker === undefined ? {} : { start: substitutes.startWorker }),
  });
  if (!engine.ok) {
    store.value.close();
    return engine;
  }
  const clock = systemClock();
  const { listen, tls } = configuration.sip;
  const transport = await openTransport(listen, { clock, ...(tls === undefined ? {} : { tls }) });
  if (!transport.ok) {
    await engine.value.close();
    store.value.close();
    return err(transport.error);
  }
  const parts = {
    configuration,
    log,
    clock,
    store: store.value,
    engine: engine.value,
    transport: transport.value,
  };
  return ok(compose(parts, substitutes));
}

/** What the house is composed of. */
interface Parts {
  readonly configuration: Configuration;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly engine: MediaEngine;
  readonly transport: Transport;
}

function compose(parts: Parts, { timers = DEFAULT_TIMERS }: Substitutes): RunningServer {
  const { configuration, log, clock, store, engine, transport } = parts;
  const { sip, media, supervision: settings } = configuration;
  const users = new Map<string, ConfiguredUser>();
  const fill = (all: readonly ConfiguredUser[]): void => {
    users.clear();
    for (const user of all) users.set(user.extension, user);
  };
  fill(configuration.users);
  const userAgent = createUserAgent({
    transport,
    clock,
    token: () => randomBytes(12).toString("hex"),
    chance: Math.random,
    timers,
  });
  const authenticate = authenticator(configuration, users, clock, log);
  const registrar = createRegistrar({
    store: store.bindings,
    clock,
    servesHost: (host) => host === sip.domain || host === "localhost" || isAddress(host),
    limits: {
      minExpiresSeconds: sip.registration.minExpires,
      maxExpiresSeconds: sip.registration.maxExpires,
    },
  });
  const calls: LiveCalls = new LiveCalls(engine, (call) => supervision.audio(call));
  const supervision = createSupervision({
    directory: calls,
    users: (extension) => users.get(extension),
    clock,
    ledger: store.ledger,
    codes: settings.codes,
    keys: settings.keys,
    afterCall: settings.afterCall,
    log,
  });
  const ports = new PortEvents(engine);
  const switchboard = new Switchboard({
    userAgent,
    calls,
    plan: { users, codes: Object.values(settings.codes) },
    authenticate,
    contactsOf: (extension) => registrar.contactsOf(extension),
    mediaFor: (peer: Destination) =>
      new LegMedia(engine, ports, {
        codecs: media.codecs,
        address: media.address ?? transport.localFor(peer).address,
        timeoutMs: media.timeout * 1000,
      }),
    onFeature: (leg) => void supervision.handle(leg),
    domain: sip.domain,
    ringTimeoutMs: configuration.calls.ringTimeout * 1000,
    clock,
    newId: randomUUID,
  });
  openFrontDoor(userAgent, authenticate, (received, user) => registrar.handle(received, user));
  calls.events.on("ended", (call, cause) => keepRecord(store, log, clock, call, cause));
  engine.events.on("lost", (lost, cause) =>
    log.error({ ports: lost.length, cause }, "a media worker was lost"),
  );
  transport.events.on("malformed", (why, source) =>
    log.warn({ from: `${source.host}:${source.port}`, cause: messageOf(why) }, "malformed message"),
  );

  return {
    addresses: transport.listening.map(
      ({ transport: name, address, port }) => `${name}://${hostOf(address)}:${port}`,
    ),
    calls,
    supervision,
    engine,
    store,
    counts: () => ({
      calls: calls.all().length,
      supervisions: supervision.supervisions().length,
      sessions: userAgent.sessions,
      transactions: userAgent.transactions,
      ports: engine.ports,
    }),
    replaceUsers(all) {
      fill(all);
      supervision.policyChanged();
    },
    async close() {
      switchboard.hangUpAll("the server stops");
      await hungUp(userAgent, clock);
      userAgent.close();
      await Promise.all([transport.close(), engine.close()]);
      store.close();
    },
  };
}

/** Asks for a digest; a wrong one is a line in the log that names where it came from. */
function authenticator(
  configuration: Configuration,
  users: ReadonlyMap<string, ConfiguredUser>,
  clock: Clock,
  log: Logger,
): Authenticate {
  const digest = new DigestAuthenticator({
    realm: configuration.sip.domain,
    secret: randomBytes(32).toString("hex"),
    hash: nodeHash,
    passwordOf: (user) => users.get(user)?.password,
    algorithms: configuration.auth.algorithms,
  });
  return (request) => {
    const verdict = digest.check(request, clock.now());
    if (!verdict.ok && verdict.claimed !== undefined && !verdict.stale) {
      const via = request.headers.via[0];
      log.warn({ user: verdict.claimed, from: via?.params.get("received") ?? via?.host }, "wrong digest");
    }
    return verdict;
  };
}

function keepRecord(store: Store, log: Logger, clock: Clock, call: CallView, cause: string): void {
  const [caller, callee] = call.parties;
  const kept = store.callRecords.add({
    id: call.id,
    caller: caller.display,
    callee: callee.display,
    startedAt: call.startedAt,
    answeredAt: call.answeredAt ?? null,
    endedAt: clock.wallNow(),
    cause,
  });
  if (!kept.ok)
    log.error({ call: call.id, cause: messageOf(kept.error) }, "the call record cannot be written");
}

/** How long phones have to answer our BYEs when the server stops, ms: well inside the 5 s in which it must have ended. */
const HANG_UP_MS = 2000;
const LOOK_MS = 20;

function hungUp(userAgent: RunningUserAgent, clock: Clock): Promise<void> {
  const deadline = clock.now() + HANG_UP_MS;
  return new Promise((resolve) => {
    const look = (): void => {
      if (userAgent.sessions === 0 || clock.now() >= deadline) resolve();
      else clock.after(LOOK_MS, look);
    };
    look();
  });
}

/** Media is received where signalling is: on the one address that all listen points share, else on every address. */
function mediaAddressOf(listen: readonly ListenPoint[]): string {
  const [first, ...others] = new Set(listen.map(({ address }) => address));
  if (first !== undefined && others.length === 0) return first;
  return listen.some(({ address }) => address.includes(":")) ? "::" : "0.0.0.0";
}

function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

function hostOf(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
