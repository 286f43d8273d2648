import { afterEach, expect, test } from "vitest";
import { type Floor, frames, openFloor } from "../support/floor.ts";
import type { PhoneCall } from "../support/phone/phone-call.ts";
import { patternPayloads } from "../support/phone/tone.ts";

let floor: Floor;
afterEach(() => floor.close());

const AGENT_SAYS = patternPayloads(1);
const CUSTOMER_SAYS = patternPayloads(2);

/**
 * Of all G.711 bytes only µ-law's negative zero, 0x7f, does not survive decoding and encoding: the patterns hold all bytes, so
 * that an engine which mixed where it should relay is found out.
 */
async function openPatternFloor(): Promise<void> {
  floor = await openFloor({
    phones: {
      agent: { payloads: AGENT_SAYS, codecs: ["PCMU"] },
      customer: { payloads: CUSTOMER_SAYS, codecs: ["PCMU"] },
    },
  });
}

/** The call without waiting for tones: these phones speak patterns. */
async function call(): Promise<{ customer: PhoneCall; agent: PhoneCall }> {
  const customer = await floor.phones.customer.call("1001");
  await customer.answered();
  const agent = await floor.phones.agent.nextCall();
  await frames(agent, 10);
  return { customer, agent };
}

/** Which packets of the speaker came, as its own counters in the payloads; every byte is compared. */
function indexesOf(leg: PhoneCall, says: (index: number) => Uint8Array): number[] {
  return leg.media.recorder.audio.map(({ payload }) => {
    const index = new DataView(payload.buffer).getUint32(0);
    expect(Buffer.compare(payload, says(index))).toBe(0);
    return index;
  });
}

function consecutive(indexes: readonly number[]): boolean {
  return indexes.every((index, i) => i === 0 || index === (indexes[i - 1] ?? 0) + 1);
}

test("promise 2: agent and customer get each other's bytes, whether or not somebody monitors", async () => {
  await openPatternFloor();
  const { customer, agent } = await call();
  const supervisor = await floor.supervise("*90");
  await frames(supervisor, 40);
  await supervisor.hangup();
  await frames(agent, 20);

  for (const indexes of [indexesOf(agent, CUSTOMER_SAYS), indexesOf(customer, AGENT_SAYS)]) {
    expect(indexes.length).toBeGreaterThan(60);
    expect(consecutive(indexes)).toBe(true);
  }
});

test("promise 2: the customer of a whispered call gets the agent's bytes, and the agent gets something else", async () => {
  await openPatternFloor();
  const { customer, agent } = await call();
  const supervisor = await floor.supervise("*91");
  const before = agent.media.recorder.packets.length;
  await frames(agent, 40);

  const indexes = indexesOf(customer, AGENT_SAYS);
  expect(indexes.length).toBeGreaterThan(40);
  expect(consecutive(indexes)).toBe(true);
  const whispered = agent.media.recorder.packets.slice(before + 5).map(({ payload }) => Buffer.from(payload));
  const relayed = whispered.filter((payload) => {
    const index = payload.readUInt32BE(0);
    return index < 100_000 && payload.equals(CUSTOMER_SAYS(index));
  });
  expect(relayed).toEqual([]);
  await supervisor.hangup();
});
