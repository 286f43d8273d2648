/**
 * Builds and reads RTCP compound packets (RFC 3550 §6): sender and receiver reports, SDES CNAME, BYE. A port sends one
 * every five seconds, so reading may make objects; writing goes into a buffer. Bytes that break a rule of A.2 make the
 * whole packet undefined: it must never throw, nor read beyond the datagram.
 */

/** Seconds from 1900 (NTP) to 1970 (RFC 868). */
const NTP_EPOCH = 2_208_988_800;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME = 1;
const BLOCK_LENGTH = 24;
const SENDER_INFO_LENGTH = 20;
/** An SDES item's length is one byte. */
const MAX_CNAME_LENGTH = 255;

/** What a sender says of its own stream (§6.4.1). */
export interface SenderInfo {
  /** Wall-clock ms since 1970 that the NTP timestamp tells. */
  readonly wallMs: number;
  /** RTP timestamp of that same moment. */
  readonly timestamp: number;
  readonly packets: number;
  /** Payload octets, without headers and padding. */
  readonly octets: number;
}

/** What a receiver says of a stream it gets (§6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Share lost since the report before, in 1/256. */
  readonly fractionLost: number;
  /** Cut to 24 bits, signed. */
  readonly cumulativeLost: number;
  readonly extendedHighestSequence: number;
  /** Ticks of the RTP clock. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last sender report; 0 for none. */
  readonly lastSenderReport: number;
  /** Since then, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** A compound packet as received. */
export interface RtcpCompound {
  /** Who sent it. */
  readonly ssrc: number;
  /** Of a sender report: `middleNtp` is what the next report block gives back as LSR. */
  readonly sender?: SenderInfo & { readonly middleNtp: number };
  readonly blocks: readonly ReportBlock[];
  readonly cname?: string;
  /** Sources that said goodbye. */
  readonly goodbyes: readonly number[];
}

/** The middle 32 bits of the NTP timestamp of a wall-clock time: 16 bits of seconds, 16 of fraction. */
export function middleNtp(wallMs: number): number {
  return ((ntpSeconds(wallMs) << 16) | (ntpFraction(wallMs) >>> 16)) >>> 0;
}

/**
 * Round-trip time by a report block about our own stream, ms, at wall-clock time `wallMs` of its arrival
 * (§6.4.1, figure 2). Undefined while the peer has had no report of ours.
 */
export function roundTripMs(wallMs: number, block: ReportBlock): number | undefined {
  if (block.lastSenderReport === 0) return undefined;
  const units = (middleNtp(wallMs) - block.lastSenderReport - block.delaySinceLastSenderReport) | 0;
  return Math.max(0, units) / 65.536;
}

/**
 * Writes a report and the CNAME: a sender report if `sender` is given, else a receiver report. `cname` is ASCII.
 * Returns the length; 0 when the buffer is too small.
 */
export function writeReport(
  buffer: Uint8Array,
  ssrc: number,
  cname: string,
  sender?: SenderInfo,
  block?: ReportBlock,
): number {
  const reportLength = 8 + (sender ? SENDER_INFO_LENGTH : 0) + (block ? BLOCK_LENGTH : 0);
  if (reportLength + descriptionLength(cname) > buffer.length) return 0;
  const view = viewOf(buffer);
  writeHeader(view, 0, block ? 1 : 0, sender ? SENDER_REPORT : RECEIVER_REPORT, reportLength);
  view.setUint32(4, ssrc);
  if (sender) writeSenderInfo(view, 8, sender);
  if (block) writeBlock(view, reportLength - BLOCK_LENGTH, block);
  return writeDescription(view, reportLength, ssrc, cname);
}

/** Writes what a leaving source sends: an empty receiver report, the CNAME and BYE (§6.6). Returns the length, or 0 as above. */
export function writeGoodbye(buffer: Uint8Array, ssrc: number, cname: string): number {
  const start = writeReport(buffer, ssrc, cname);
  if (start === 0 || start + 8 > buffer.length) return 0;
  const view = viewOf(buffer);
  writeHeader(view, start, 1, GOODBYE, 8);
  view.setUint32(start + 4, ssrc);
  return start + 8;
}

/** Reads the first `length` bytes as a compound packet; undefined if they are none. Packet types we do not know are passed over. */
export function parseRtcp(buffer: Uint8Array, length: number): RtcpCompound | undefined {
  if (length < 8 || length > buffer.length) return undefined;
  const view = viewOf(buffer);
  const first = view.getUint8(1);
  const padded = (view.getUint8(0) & 0x20) !== 0;
  if (padded || (first !== SENDER_REPORT && first !== RECEIVER_REPORT)) return undefined;
  const found: Draft = { ssrc: view.getUint32(4), blocks: [], goodbyes: [] };
  let offset = 0;
  while (offset < length) {
    const end = packetEnd(view, offset, length);
    if (end === undefined || !parsePacket(view, offset, end, found)) return undefined;
    offset += 4 + 4 * view.getUint16(offset + 2);
  }
  return found;
}

type Draft = {
  ssrc: number;
  sender?: SenderInfo & { middleNtp: number };
  blocks: ReportBlock[];
  cname?: string;
  goodbyes: number[];
};

/** Where the packet's content ends, padding removed; undefined if it does not fit. Only the last may be padded (A.2). */
function packetEnd(view: DataView, offset: number, length: number): number | undefined {
  if (offset + 4 > length || view.getUint8(offset) >> 6 !== 2) return undefined;
  const end = offset + 4 + 4 * view.getUint16(offset + 2);
  if (end > length) return undefined;
  if ((view.getUint8(offset) & 0x20) === 0) return end;
  const padding = view.getUint8(end - 1);
  return end === length && padding > 0 && padding % 4 === 0 && end - padding >= offset + 4
    ? end - padding
    : undefined;
}

function parsePacket(view: DataView, offset: number, end: number, found: Draft): boolean {
  const count = view.getUint8(offset) & 0x1f;
  switch (view.getUint8(offset + 1)) {
    case SENDER_REPORT:
      if (offset + 8 + SENDER_INFO_LENGTH > end) return false;
      found.sender = readSenderInfo(view, offset + 8);
      return parseBlocks(view, offset + 8 + SENDER_INFO_LENGTH, end, count, found);
    case RECEIVER_REPORT:
      return parseBlocks(view, offset + 8, end, count, found);
    case SOURCE_DESCRIPTION:
      return parseDescription(view, offset + 4, end, count, found);
    case GOODBYE:
      if (offset + 4 + 4 * count > end) return false;
      for (let i = 0; i < count; i++) found.goodbyes.push(view.getUint32(offset + 4 + 4 * i));
      return true;
    default:
      return true;
  }
}

function parseBlocks(view: DataView, offset: number, end: number, count: number, found: Draft): boolean {
  if (offset + BLOCK_LENGTH * count > end) return false;
  for (let i = 0; i < count; i++) found.blocks.push(readBlock(view, offset + BLOCK_LENGTH * i));
  return true;
}

/** §6.5: chunks of an SSRC and items, each chunk closed by a zero and filled to 32 bits. */
function parseDescription(view: DataView, start: number, end: number, chunks: number, found: Draft): boolean {
  let offset = start;
  for (let chunk = 0; chunk < chunks; chunk++) {
    offset += 4;
    while (offset < end && view.getUint8(offset) !== 0) {
      if (offset + 2 > end) return false;
      const length = view.getUint8(offset + 1);
      if (offset + 2 + length > end) return false;
      if (view.getUint8(offset) === CNAME) found.cname = text(view, offset + 2, length);
      offset += 2 + length;
    }
    if (offset >= end) return false;
    offset += 4 - ((offset - start) % 4);
  }
  return offset <= end;
}

function text(view: DataView, offset: number, length: number): string {
  let result = "";
  for (let i = 0; i < length; i++) result += String.fromCharCode(view.getUint8(offset + i));
  return result;
}

function readSenderInfo(view: DataView, offset: number): SenderInfo & { middleNtp: number } {
  const seconds = view.getUint32(offset);
  const fraction = view.getUint32(offset + 4);
  return {
    wallMs: (seconds - NTP_EPOCH + fraction / 2 ** 32) * 1000,
    middleNtp: ((seconds << 16) | (fraction >>> 16)) >>> 0,
    timestamp: view.getUint32(offset + 8),
    packets: view.getUint32(offset + 12),
    octets: view.getUint32(offset + 16),
  };
}

function readBlock(view: DataView, offset: number): ReportBlock {
  return {
    ssrc: view.getUint32(offset),
    fractionLost: view.getUint8(offset + 4),
    cumulativeLost: (view.getUint32(offset + 4) << 8) >> 8,
    extendedHighestSequence: view.getUint32(offset + 8),
    jitter: view.getUint32(offset + 12),
    lastSenderReport: view.getUint32(offset + 16),
    delaySinceLastSenderReport: view.getUint32(offset + 20),
  };
}

function writeSenderInfo(view: DataView, offset: number, sender: SenderInfo): void {
  view.setUint32(offset, ntpSeconds(sender.wallMs));
  view.setUint32(offset + 4, ntpFraction(sender.wallMs));
  view.setUint32(offset + 8, sender.timestamp);
  view.setUint32(offset + 12, sender.packets);
  view.setUint32(offset + 16, sender.octets);
}

function writeBlock(view: DataView, offset: number, block: ReportBlock): void {
  const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, block.cumulativeLost));
  view.setUint32(offset, block.ssrc);
  view.setUint32(offset + 4, (block.fractionLost << 24) | (lost & 0xff_ffff));
  view.setUint32(offset + 8, block.extendedHighestSequence);
  view.setUint32(offset + 12, block.jitter);
  view.setUint32(offset + 16, block.lastSenderReport);
  view.setUint32(offset + 20, block.delaySinceLastSenderReport);
}

/** Header, SSRC, CNAME item, at least one zero, filled to 32 bits. */
function descriptionLength(cname: string): number {
  return Math.ceil((8 + 2 + Math.min(MAX_CNAME_LENGTH, cname.length) + 1) / 4) * 4;
}

function writeDescription(view: DataView, offset: number, ssrc: number, cname: string): number {
  const length = descriptionLength(cname);
  const end = offset + length;
  writeHeader(view, offset, 1, SOURCE_DESCRIPTION, length);
  view.setUint32(offset + 4, ssrc);
  view.setUint8(offset + 8, CNAME);
  const characters = Math.min(MAX_CNAME_LENGTH, cname.length);
  view.setUint8(offset + 9, characters);
  for (let i = 0; i < characters; i++) view.setUint8(offset + 10 + i, cname.charCodeAt(i));
  for (let i = offset + 10 + characters; i < end; i++) view.setUint8(i, 0);
  return end;
}

function writeHeader(view: DataView, offset: number, count: number, type: number, length: number): void {
  view.setUint8(offset, 0x80 | count);
  view.setUint8(offset + 1, type);
  view.setUint16(offset + 2, length / 4 - 1);
}

/** Modulo 2^32, so that it goes on in 2036 (RFC 3550 §4). */
function ntpSeconds(wallMs: number): number {
  return (Math.floor(wallMs / 1000) + NTP_EPOCH) >>> 0;
}

function ntpFraction(wallMs: number): number {
  return Math.floor((wallMs / 1000 - Math.floor(wallMs / 1000)) * 2 ** 32) >>> 0;
}

function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
