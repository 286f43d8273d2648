/**
 * Decides whose packets a port listens to and where it sends: symmetric RTP (RFC 4961) that learns a source once and
 * then locks to it. After that everybody else is a stranger; only a new offer or answer opens learning again. It must
 * never send to an address that nobody but its packets vouches for before that address has outlasted the learning
 * window, nor let a stranger take a stream over (RTPBleed).
 *
 * While learning: a packet from where the SDP says, or from the source of before a renegotiation, locks at once. The
 * first other source is heard meanwhile (a phone behind NAT, whose SDP names its private address) and is locked when it
 * still sends after `LEARNING_MS`. Between two unknown ones the first wins, unless it falls silent for as long.
 */

/** How long an unknown source must keep sending before it is locked: many packets, but hardly missed at a call's start. */
const LEARNING_MS = 300;

/**
 * What to do with a packet: `accepted`, take it; `restarted`, take it as the first of a new stream (the very first,
 * another SSRC or another source: forget sequence, timestamps and DTMF); `stranger`, drop and count it.
 */
export type Verdict = "accepted" | "restarted" | "stranger";

/** Compared by text, as the socket hands them over: cheaper per packet than parsing the address into a number. */
interface Endpoint {
  address: string;
  port: number;
}

export class SourceLock {
  /** Where the SDP says that packets come from and go to. */
  readonly #described: Endpoint = { address: "", port: 0 };
  /** Whose packets are taken; port 0: nobody's yet. */
  readonly #source: Endpoint = { address: "", port: 0 };
  /** The locked source of before a renegotiation that kept the SDP address; port 0: none. */
  readonly #previous: Endpoint = { address: "", port: 0 };
  #locked = false;
  /** While learning: when the source first and last sent. */
  #since = 0;
  #heardAt = 0;
  #ssrc = -1;

  /** The SSRC of the source; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.#ssrc < 0 ? undefined : this.#ssrc;
  }

  /** Whether a source has been learned for good. */
  get locked(): boolean {
    return this.#locked;
  }

  /** Address to send to: the locked source's; else that of before; else the one in the SDP. */
  get address(): string {
    return this.#destination.address;
  }

  /** Port to send to, of the same endpoint as `address`. */
  get port(): number {
    return this.#destination.port;
  }

  get #destination(): Endpoint {
    if (this.#locked) return this.#source;
    return this.#previous.port === 0 ? this.#described : this.#previous;
  }

  /**
   * Opens learning: `address` and `port` are what a new offer or answer says. Where it repeats the SDP of before, the
   * source learned then is still sent to and still trusted (a session refresh must not interrupt a phone behind NAT).
   */
  learn(address: string, port: number): void {
    const same = matches(this.#described, address, port);
    if (!same) set(this.#previous, "", 0);
    else if (this.#locked) set(this.#previous, this.#source.address, this.#source.port);
    set(this.#described, address, port);
    set(this.#source, "", 0);
    this.#locked = false;
  }

  /** Judges a well-formed RTP packet by where it came from. `now`: monotonic ms. */
  accept(address: string, port: number, ssrc: number, now: number): Verdict {
    if (matches(this.#source, address, port)) {
      if (!this.#locked) this.#confirm(now);
    } else if (!this.#admit(address, port, now)) {
      return "stranger";
    }
    if (ssrc === this.#ssrc) return "accepted";
    this.#ssrc = ssrc;
    return "restarted";
  }

  #confirm(now: number): void {
    this.#heardAt = now;
    if (now - this.#since >= LEARNING_MS) this.#locked = true;
  }

  /** Whether a source other than the present one takes its place. */
  #admit(address: string, port: number, now: number): boolean {
    if (this.#locked) return false;
    const before = matches(this.#previous, address, port);
    const trusted = before || matches(this.#described, address, port);
    const free = this.#source.port === 0 || now - this.#heardAt > LEARNING_MS;
    if (!trusted && !free) return false;
    // The SSRC of before a renegotiation, from the same place, is the same stream; from elsewhere it is another.
    if (!before) this.#ssrc = -1;
    set(this.#source, address, port);
    this.#locked = trusted;
    this.#since = this.#heardAt = now;
    return true;
  }
}

function matches(endpoint: Endpoint, address: string, port: number): boolean {
  return endpoint.port === port && endpoint.address === address;
}

function set(endpoint: Endpoint, address: string, port: number): void {
  endpoint.address = address;
  endpoint.port = port;
}
