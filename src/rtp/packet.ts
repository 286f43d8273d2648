/**
 * Reads and writes the RTP header in place (RFC 3550 §5.1). Pure and hot: every function works on a datagram's bytes
 * and makes no object. It must never read beyond `length`: call `isRtp` first, the readers below trust it.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---+-+-+-------+-+-------------+-------------------------------+
 *    |V=2|P|X|  CC   |M| payload type|       sequence number         |  bytes 0-3
 *    +---+-+-+-------+-+-------------+-------------------------------+
 *    |                           timestamp                           |  bytes 4-7
 *    +---------------------------------------------------------------+
 *    |                             SSRC                              |  bytes 8-11
 *    +---------------------------------------------------------------+
 *    |        CC x CSRC, then (X) a header extension, then           |  bytes 12-
 *    |        the payload, then (P) padding whose last byte is       |
 *    |        the number of padding bytes, itself included           |
 *    +---------------------------------------------------------------+
 */

/** Bytes of the fixed header; also the length of every header we write (no CSRC, no extension, no padding). */
export const HEADER_LENGTH = 12;

const VERSION_2 = 0x80;
const VERSION_MASK = 0xc0;
const PADDING = 0x20;
const EXTENSION = 0x10;
const CSRC_COUNT = 0x0f;
const MARKER = 0x80;

/**
 * Whether the first `length` bytes are a well-formed RTP packet: version 2, and CSRC list, extension and padding fit
 * (RFC 3550 A.1). A second byte of 192-223 is RTCP on a shared port (RFC 5761 §4). An empty payload is allowed.
 */
export function isRtp(buffer: Uint8Array, length: number): boolean {
  if (length < HEADER_LENGTH || length > buffer.length) return false;
  const first = buffer[0]!;
  if ((first & VERSION_MASK) !== VERSION_2) return false;
  const second = buffer[1]!;
  if (second >= 192 && second <= 223) return false;
  let offset = HEADER_LENGTH + 4 * (first & CSRC_COUNT);
  if ((first & EXTENSION) !== 0) {
    if (offset + 4 > length) return false;
    offset += 4 + 4 * ((buffer[offset + 2]! << 8) | buffer[offset + 3]!);
  }
  if (offset > length) return false;
  if ((first & PADDING) === 0) return true;
  const padding = buffer[length - 1]!;
  return padding > 0 && offset + padding <= length;
}

/** Where the payload begins: after CSRC list and header extension. */
export function payloadOffset(buffer: Uint8Array): number {
  const first = buffer[0]!;
  const offset = HEADER_LENGTH + 4 * (first & CSRC_COUNT);
  if ((first & EXTENSION) === 0) return offset;
  return offset + 4 + 4 * ((buffer[offset + 2]! << 8) | buffer[offset + 3]!);
}

/** Bytes of payload in a packet of `length` bytes, padding removed. */
export function payloadLength(buffer: Uint8Array, length: number): number {
  const padding = (buffer[0]! & PADDING) === 0 ? 0 : buffer[length - 1]!;
  return length - payloadOffset(buffer) - padding;
}

/** 0-127. */
export function payloadType(buffer: Uint8Array): number {
  return buffer[1]! & 0x7f;
}

/** Set on the first packet of a talk spurt or of a telephone-event. */
export function marker(buffer: Uint8Array): boolean {
  return (buffer[1]! & MARKER) !== 0;
}

/** 0-65535. */
export function sequenceNumber(buffer: Uint8Array): number {
  return (buffer[2]! << 8) | buffer[3]!;
}

/** Unsigned 32 bits, in ticks of the payload's clock rate. */
export function timestamp(buffer: Uint8Array): number {
  return ((buffer[4]! << 24) | (buffer[5]! << 16) | (buffer[6]! << 8) | buffer[7]!) >>> 0;
}

/** Unsigned 32 bits. */
export function ssrc(buffer: Uint8Array): number {
  return ((buffer[8]! << 24) | (buffer[9]! << 16) | (buffer[10]! << 8) | buffer[11]!) >>> 0;
}

/** Writes a fixed header (`HEADER_LENGTH` bytes from index 0); numbers are cut to the width of their field. */
export function writeHeader(
  buffer: Uint8Array,
  type: number,
  mark: boolean,
  sequence: number,
  ticks: number,
  source: number,
): void {
  buffer[0] = VERSION_2;
  buffer[1] = (type & 0x7f) | (mark ? MARKER : 0);
  buffer[2] = sequence >>> 8;
  buffer[3] = sequence;
  buffer[4] = ticks >>> 24;
  buffer[5] = ticks >>> 16;
  buffer[6] = ticks >>> 8;
  buffer[7] = ticks;
  buffer[8] = source >>> 24;
  buffer[9] = source >>> 16;
  buffer[10] = source >>> 8;
  buffer[11] = source;
}
