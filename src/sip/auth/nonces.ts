/**
 * The nonces we give out and the counts used with them (RFC 7616 §3.3, §3.4.6). A nonce proves itself: its time and serial
 * number under a keyed hash, so nothing is stored for a challenge that is never answered. Only the counts of nonces that a
 * right password came with are remembered, and no longer than the nonce lives.
 */
import { equalInConstantTime, type Hash } from "./digest.ts";

export type NonceVerdict = "good" | "stale" | "foreign";

export class Nonces {
  readonly #hash: Hash;
  readonly #secret: string;
  readonly #lifetimeMs: number;
  #serial = 0;
  /** Highest count used with each nonce that was ever used well, in the order of first use. */
  readonly #counts = new Map<string, number>();

  constructor(hash: Hash, secret: string, lifetimeMs: number) {
    this.#hash = hash;
    this.#secret = secret;
    this.#lifetimeMs = lifetimeMs;
  }

  /** A nonce that nobody was given before. */
  issue(now: number): string {
    this.#serial++;
    const text = `${Math.floor(now).toString(36)}.${this.#serial.toString(36)}`;
    return `${text}.${this.#seal(text)}`;
  }

  /** Whether we gave it out, and not too long ago. */
  judge(nonce: string, now: number): NonceVerdict {
    const end = nonce.lastIndexOf(".");
    const text = nonce.slice(0, Math.max(0, end));
    if (!equalInConstantTime(nonce.slice(end + 1), this.#seal(text))) return "foreign";
    return now - issuedAt(nonce) < this.#lifetimeMs ? "good" : "stale";
  }

  /** Takes a count with a nonce that is good and whose response was right; false where it is not above the last one. */
  use(nonce: string, count: number, now: number): boolean {
    this.#forget(now);
    if (count <= (this.#counts.get(nonce) ?? 0)) return false;
    this.#counts.set(nonce, count);
    return true;
  }

  /** How many nonces are remembered. */
  get remembered(): number {
    return this.#counts.size;
  }

  /** Drops what is past its time; first use follows issue closely enough for the oldest to stand first. */
  #forget(now: number): void {
    for (const nonce of this.#counts.keys()) {
      if (now - issuedAt(nonce) < this.#lifetimeMs) return;
      this.#counts.delete(nonce);
    }
  }

  /** A keyed hash, nested as HMAC is (RFC 2104), so that its text cannot be prolonged. */
  #seal(text: string): string {
    const inner = this.#hash("SHA-256", `${this.#secret}:inner:${text}`);
    return this.#hash("SHA-256", `${this.#secret}:outer:${inner}`).slice(0, 32);
  }
}

function issuedAt(nonce: string): number {
  return Number.parseInt(nonce, 36);
}
