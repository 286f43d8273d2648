/**
 * Cuts a byte stream (TCP, TLS) into messages by Content-Length (RFC 3261 §18.3) and finds the keep-alives between them
 * (RFC 5626 §3.5.1). It understands nothing else of a message, and holds never more than one message at its largest.
 */
import { type Failure, failure } from "../../core/failure.ts";
import { parseNumber } from "./grammar.ts";
import { decodeText, headEnd, splitFields } from "./head.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";

/** What a stream held. */
export type Frame =
  /** The octets of one message: a copy, the receiver's own. */
  | { readonly type: "message"; readonly bytes: Uint8Array }
  /** A double CRLF: answer it with a single one. */
  | { readonly type: "ping" }
  /**
   * Where the next message begins cannot be known: close the connection. `head` is the head it stumbled over, where there
   * was one: `parseMessage` makes a request of it that can be answered 400.
   */
  | { readonly type: "broken"; readonly failure: Failure; readonly head?: Uint8Array };

const CR = 13;
const LF = 10;
const SEPARATOR = 4;

/** One stream's framing. Push what arrives; after a `broken` frame everything is ignored. */
export class Framer {
  readonly #limits: Limits;
  #buffer = new Uint8Array(2_048);
  /** Octets in the buffer that are not consumed: from `#start` to `#end`. */
  #start = 0;
  #end = 0;
  /** Up to here the head's end was searched in vain, so that single octets do not cost a search each from the start. */
  #searched = 0;
  /** Octets of the message under way, known once its head is complete. */
  #length: number | undefined;
  /** A CRLF between messages came, and may be the first half of a ping. */
  #halfPing = false;
  #broken = false;

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Takes what arrived and gives what became complete by it, in order. `bytes` is copied. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    if (this.#broken) return frames;
    this.#append(bytes);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      frames.push(frame);
      if (frame.type === "broken") {
        this.#broken = true;
        this.#buffer = new Uint8Array(0);
        break;
      }
    }
    return frames;
  }

  #next(): Frame | undefined {
    if (this.#length === undefined) {
      if (this.#skipLineEnds()) return { type: "ping" };
      const problem = this.#measure();
      if (problem !== undefined) return problem;
    }
    if (this.#length === undefined || this.#end - this.#start < this.#length) return undefined;
    const bytes = this.#buffer.slice(this.#start, this.#start + this.#length);
    this.#consume(this.#length);
    this.#length = undefined;
    return { type: "message", bytes };
  }

  /** Consumes the line ends between messages; true when two in a row made a ping. */
  #skipLineEnds(): boolean {
    while (
      this.#buffer[this.#start] === CR &&
      this.#start + 1 < this.#end &&
      this.#buffer[this.#start + 1] === LF
    ) {
      this.#consume(2);
      this.#halfPing = !this.#halfPing;
      if (!this.#halfPing) return true;
    }
    return false;
  }

  /** Looks for the end of the head and learns the message's length from it. */
  #measure(): Frame | undefined {
    const pending = this.#buffer.subarray(0, this.#end);
    const end = headEnd(pending, Math.max(this.#start, this.#searched));
    if (end < 0) {
      this.#searched = Math.max(this.#start, this.#end - SEPARATOR + 1);
      return this.#end - this.#start > this.#limits.message
        ? this.#break("sip.too-large", "head")
        : undefined;
    }
    const head = this.#buffer.slice(this.#start, end + SEPARATOR);
    const length = contentLengthOf(head.subarray(0, -SEPARATOR), this.#limits);
    if (length === undefined)
      return this.#break("sip.malformed", "no usable Content-Length on a stream", head);
    if (head.length + length > this.#limits.message)
      return this.#break("sip.too-large", "Content-Length", head);
    this.#length = head.length + length;
    this.#halfPing = false;
    return undefined;
  }

  #break(code: "sip.malformed" | "sip.too-large", detail: string, head?: Uint8Array): Frame {
    return { type: "broken", failure: failure(code, detail), ...(head === undefined ? {} : { head }) };
  }

  #append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) {
      const held = this.#buffer.subarray(this.#start, this.#end);
      const needed = held.length + bytes.length;
      const buffer = needed * 2 > this.#buffer.length ? new Uint8Array(needed * 2) : this.#buffer;
      buffer.set(held);
      this.#searched = Math.max(0, this.#searched - this.#start);
      this.#buffer = buffer;
      this.#start = 0;
      this.#end = held.length;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #consume(octets: number): void {
    this.#start += octets;
    if (this.#start < this.#end) return;
    this.#start = 0;
    this.#end = 0;
    this.#searched = 0;
  }
}

/** What Content-Length says; undefined where it is absent, no number, there twice, or not to be found for a broken line. */
function contentLengthOf(head: Uint8Array, limits: Limits): number | undefined {
  const text = decodeText(head);
  const firstLine = text.indexOf("\r\n");
  if (firstLine < 0) return undefined;
  const { fields, problem } = splitFields(text.slice(firstLine + 2), limits);
  const [field, ...more] = fields.filter(({ name }) => name === "Content-Length");
  if (problem !== undefined || field === undefined || more.length > 0) return undefined;
  return parseNumber(field.value, Number.MAX_SAFE_INTEGER);
}
