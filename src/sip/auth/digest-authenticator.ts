/**
 * Decides whether a request proves who sent it (RFC 3261 §22, RFC 7616, RFC 8760). An unknown user and a wrong password get
 * the same answer by the same work, and a nonce count used before is never good again. Never tells a password, and never
 * trusts a nonce that it did not give out.
 */
import { type HeaderField, headerValues, type SipRequest } from "../message/message.ts";
import {
  ALGORITHMS,
  type Algorithm,
  algorithmOf,
  type DigestFields,
  digestResponse,
  equalInConstantTime,
  formatDigest,
  type Hash,
  parseDigest,
} from "./digest.ts";
import { Nonces } from "./nonces.ts";

export interface AuthenticatorOptions {
  /** Shown to users by phones, hashed with every password. */
  readonly realm: string;
  /** Seals our nonces: long, random, told to nobody. */
  readonly secret: string;
  readonly hash: Hash;
  /** The password of a user, or undefined where there is none of that name. */
  readonly passwordOf: (user: string) => string | undefined;
  /** How long a nonce may be used, ms; 5 minutes unless said otherwise. */
  readonly nonceLifetimeMs?: number;
  /**
   * What is offered, each in a WWW-Authenticate of its own, most wanted first (RFC 8760 §2.4). Every algorithm we do unless
   * said otherwise. Some clients give up instead of reading on: SIPp 3.6 wants MD5 first, baresip 1.0 wants it alone.
   */
  readonly algorithms?: readonly Algorithm[];
}

/** Who it is, or what to answer 401 with. */
export type AuthVerdict =
  | { readonly ok: true; readonly user: string }
  | {
      readonly ok: false;
      /** WWW-Authenticate, one for each algorithm. */
      readonly challenges: readonly HeaderField[];
      /** The password was right, only the nonce was not fresh: not an attempt to count. */
      readonly stale: boolean;
      /** Who it claimed to be, where it claimed anything: for logs and limits, proven by nothing. */
      readonly claimed?: string;
    };

const NONCE_LIFETIME_MS = 300_000;
const NC = /^[0-9a-fA-F]{8}$/;

export class DigestAuthenticator {
  readonly #options: AuthenticatorOptions;
  readonly #algorithms: readonly Algorithm[];
  readonly #nonces: Nonces;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#algorithms = options.algorithms ?? ALGORITHMS;
    this.#nonces = new Nonces(options.hash, options.secret, options.nonceLifetimeMs ?? NONCE_LIFETIME_MS);
  }

  /** Judges a request by its Authorization for our realm. `now` is ms of any one clock that never runs back. */
  check(request: SipRequest, now: number): AuthVerdict {
    const credentials = this.#credentialsOf(request);
    if (credentials === undefined) return this.#refuse(now, false, undefined);
    const user = credentials.get("username") ?? "";
    if (!this.#provesPassword(credentials, user, request.method)) return this.#refuse(now, false, user);
    const nonce = credentials.get("nonce") ?? "";
    const verdict = this.#nonces.judge(nonce, now);
    const count = Number.parseInt(credentials.get("nc") ?? "", 16);
    if (verdict === "good" && this.#nonces.use(nonce, count, now)) return { ok: true, user };
    return this.#refuse(now, true, user);
  }

  /** The WWW-Authenticate fields of a 401, one for each algorithm, all of one fresh nonce. */
  challenge(now: number, stale = false): HeaderField[] {
    const nonce = this.#nonces.issue(now);
    return this.#algorithms.map((algorithm) => {
      const fields: [string, string][] = [
        ["realm", this.#options.realm],
        ["nonce", nonce],
        ["algorithm", algorithm],
        ["qop", "auth"],
      ];
      if (stale) fields.push(["stale", "true"]);
      return { name: "WWW-Authenticate", value: formatDigest(fields, true) };
    });
  }

  /** How many used nonces are remembered: bounded by right passwords within a nonce's life. */
  get remembered(): number {
    return this.#nonces.remembered;
  }

  #credentialsOf(request: SipRequest): DigestFields | undefined {
    for (const value of headerValues(request, "Authorization")) {
      const fields = parseDigest(value);
      if (fields?.get("realm") === this.#options.realm) return fields;
    }
    return undefined;
  }

  /** The same hashes are computed whether or not the user exists. */
  #provesPassword(fields: DigestFields, username: string, method: string): boolean {
    const { hash, realm, passwordOf, secret } = this.#options;
    const algorithm = algorithmOf(fields);
    const nc = fields.get("nc") ?? "";
    if (algorithm === undefined || !this.#algorithms.includes(algorithm)) return false;
    if (fields.get("qop") !== "auth" || !NC.test(nc)) return false;
    const known = passwordOf(username);
    const expected = digestResponse(hash, algorithm, {
      username,
      realm,
      password: known ?? secret,
      method,
      uri: fields.get("uri") ?? "",
      nonce: fields.get("nonce") ?? "",
      nc,
      cnonce: fields.get("cnonce") ?? "",
    });
    const right = equalInConstantTime((fields.get("response") ?? "").toLowerCase(), expected);
    return right && known !== undefined;
  }

  #refuse(now: number, stale: boolean, claimed: string | undefined): AuthVerdict {
    const refusal = { ok: false, challenges: this.challenge(now, stale), stale } as const;
    return claimed === undefined ? refusal : { ...refusal, claimed };
  }
}
