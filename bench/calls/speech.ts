/**
 * What the legs say: each role its own tone, with the number of the packet in the first bytes. The number is written in
 * bytes that µ-law decodes to next to nothing, so that it does not drown the tones that a mix is told by.
 */
import { pcmu } from "../../src/rtp/codec/g711.ts";
import { levelOf, tonePayloads } from "../../test/support/phone/tone.ts";
import { ROLES, type Role } from "./modes.ts";

/** RTP header, then 20 ms of PCMU. */
export const HEADER_BYTES = 12;
export const PAYLOAD_BYTES = 160;
export const PACKET_BYTES = HEADER_BYTES + PAYLOAD_BYTES;

/** Where in a packet the number's digits are, and the speaker behind them; what follows is the tone. */
const DIGITS = 6;
const SPEAKER_AT = HEADER_BYTES + DIGITS;
/** µ-law bytes from here to 255 are the 16 softest sounds: a hexadecimal digit each. */
const SOFT = 0xf0;

const TONES: Readonly<Record<Role, number>> = { agent: 500, customer: 800, supervisor: 1250 };
const SPOKEN_DBFS = -15;
/** The number makes a small hole in each frame, whose echoes are 26 dB under the tone. */
const HEARD_DBFS = SPOKEN_DBFS - 5;
const ABSENT_DBFS = SPOKEN_DBFS - 15;

/** The packet that a speaker sends over and over: all but the header's and the payload's numbers. */
export function newPacket(role: Role): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES);
  packet.set(tonePayloads({ hz: TONES[role], levelDbfs: SPOKEN_DBFS }, "PCMU")(0), HEADER_BYTES);
  packet.writeUInt8(SOFT + ROLES.indexOf(role), SPEAKER_AT);
  return packet;
}

export function writeNumber(packet: Buffer, number: number): void {
  for (let i = 0; i < DIGITS; i++) {
    packet.writeUInt8(SOFT + ((number >>> (4 * i)) & 15), HEADER_BYTES + i);
  }
}

export function readNumber(packet: Buffer): number {
  let number = 0;
  for (let i = 0; i < DIGITS; i++) number |= (packet.readUInt8(HEADER_BYTES + i) & 15) << (4 * i);
  return number;
}

/** Whether a received packet bears exactly what `spoken` bears, its number apart. */
export function saysTheSame(received: Buffer, spoken: Buffer): boolean {
  return (
    received.length === PACKET_BYTES && received.compare(spoken, SPEAKER_AT, PACKET_BYTES, SPEAKER_AT) === 0
  );
}

/** Who is heard in PCMU audio; undefined where a voice is neither clearly there nor clearly absent. */
export function heardIn(audio: Uint8Array): readonly Role[] | undefined {
  const samples = new Int16Array(audio.length);
  pcmu.decode(audio, 0, audio.length, samples, 0);
  const levels = ROLES.map((role) => ({ role, dbfs: levelOf(samples, TONES[role]) }));
  if (levels.some(({ dbfs }) => dbfs > ABSENT_DBFS && dbfs < HEARD_DBFS)) return undefined;
  return levels.filter(({ dbfs }) => dbfs >= HEARD_DBFS).map(({ role }) => role);
}
