/** What one SIP message costs to read and to write: time, and octets allocated. Run with `npm run bench`. */
import { getHeapStatistics } from "node:v8";
import { Bench } from "tinybench";
import type { SipMessage } from "../src/sip/message/message.ts";
import { parseMessage } from "../src/sip/message/parse.ts";
import { serialize } from "../src/sip/message/serialize.ts";

const SDP = [
  "v=0",
  "o=- 3724394400 3724394405 IN IP4 192.0.2.44",
  "s=-",
  "c=IN IP4 192.0.2.44",
  "t=0 0",
  "m=audio 4000 RTP/AVP 8 0 101",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-16",
  "a=ptime:20",
  "a=sendrecv",
  "",
].join("\r\n");

const INVITE = [
  "INVITE sip:1002@floor.example SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.44:5060;branch=z9hG4bK-5a1c9d7e;rport",
  "Max-Forwards: 70",
  'From: "Agent One" <sip:1001@floor.example>;tag=8f3a61c2',
  "To: <sip:1002@floor.example>",
  "Call-ID: 5b7e0d3c-91aa-4c1e@192.0.2.44",
  "CSeq: 20 INVITE",
  "Contact: <sip:1001@192.0.2.44:5060;transport=udp>",
  "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REFER, NOTIFY",
  "Supported: replaces, timer, outbound",
  "User-Agent: Desk phone 7.2.1",
  "Content-Type: application/sdp",
  `Content-Length: ${SDP.length}`,
  "",
  SDP,
].join("\r\n");

const OK = [
  "SIP/2.0 200 OK",
  "Via: SIP/2.0/UDP 192.0.2.44:5060;branch=z9hG4bK-5a1c9d7e;rport=5060;received=192.0.2.44",
  'From: "Agent One" <sip:1001@floor.example>;tag=8f3a61c2',
  "To: <sip:1002@floor.example>;tag=c1f4",
  "Call-ID: 5b7e0d3c-91aa-4c1e@192.0.2.44",
  "CSeq: 20 INVITE",
  "Contact: <sip:floorwalker@192.0.2.10:5060>",
  "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO",
  "Content-Type: application/sdp",
  `Content-Length: ${SDP.length}`,
  "",
  SDP,
].join("\r\n");

/** The result of the last run, so that none can be optimised away. */
let sink: unknown;

/** Octets V8 allocates for one run, after warming up. */
function allocated(run: () => void): number {
  const runs = 20_000;
  for (let i = 0; i < runs; i++) run();
  const before = getHeapStatistics().total_allocated_bytes;
  for (let i = 0; i < runs; i++) run();
  return Math.round((getHeapStatistics().total_allocated_bytes - before) / runs);
}

const tasks: [name: string, run: () => void][] = [];
for (const [name, text] of [
  ["INVITE", INVITE],
  ["200", OK],
] as const) {
  const octets = new TextEncoder().encode(text);
  const parsed = parseMessage(octets);
  if (!parsed.ok) throw new Error(`the bench's own ${name} is malformed: ${parsed.error.detail}`);
  const message: SipMessage = parsed.value;
  tasks.push([
    `parse ${name} (${octets.length} octets)`,
    () => {
      sink = parseMessage(octets);
    },
  ]);
  tasks.push([
    `serialize ${name}`,
    () => {
      sink = serialize(message);
    },
  ]);
}

const bench = new Bench({ time: 500 });
for (const [name, run] of tasks) bench.add(name, run);
await bench.run();

console.table(
  bench.tasks.map(({ name, result }, index) => {
    const latency = "latency" in result ? result.latency : undefined;
    const medianNs = latency === undefined ? Number.NaN : Math.round(latency.p50 * 1e6);
    const bytes = allocated(tasks[index]?.[1] ?? (() => {}));
    return { task: name, "ops/s": Math.round(1e9 / medianNs), "ns/op (median)": medianNs, "bytes/op": bytes };
  }),
);
if (sink === undefined) throw new Error("nothing was measured");
