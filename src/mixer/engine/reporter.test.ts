import { describe, expect, test } from "vitest";
import { EngineBench, MATRICES, type ScriptedLeg } from "../../../test/support/engine-bench.ts";
import { middleNtp, parseRtcp, type ReportBlock, writeReport } from "../../rtp/rtcp.ts";

function call() {
  const bench = new EngineBench();
  const agent = bench.leg("agent");
  const customer = bench.leg("customer");
  bench.setMatrix(MATRICES.none);
  const talk = (frames: number) => {
    for (let i = 0; i < frames; i++) bench.frame(agent, customer);
  };
  return { bench, agent, customer, talk };
}

function reportsTo(leg: ScriptedLeg) {
  return leg.reports.map((report) => {
    const parsed = parseRtcp(report, report.length);
    if (parsed === undefined) throw new Error("sent a malformed RTCP packet");
    return parsed;
  });
}

describe("reports sent", () => {
  test("come every 2.5 to 7.5 s and tell what was sent and received", () => {
    const { agent, customer, talk } = call();
    talk(100);
    customer.lose(2);
    agent.lose(10);
    talk(900);
    const reports = reportsTo(agent);
    expect(reports.length).toBeGreaterThanOrEqual(3);
    expect(reports.length).toBeLessThanOrEqual(8);
    const last = reports.at(-1);
    expect(last?.ssrc).toBe(agent.port.ssrc);
    expect(last?.sender?.octets).toBe((last?.sender?.packets ?? 0) * 160);
    expect(last?.blocks).toMatchObject([{ ssrc: agent.ssrc, cumulativeLost: 10 }]);
  });

  test("give the timestamp of the moment they are sent, on the listener's timeline", () => {
    const { bench, agent, talk } = call();
    talk(1000);
    const [report] = reportsTo(agent);
    const near = agent.heard.findLast((packet) => {
      const wall = bench.clock.wallNow() - bench.clock.now() + packet.at;
      return wall <= (report?.sender?.wallMs ?? 0);
    });
    const ahead = (report?.sender?.timestamp ?? 0) - (near?.timestamp ?? 0);
    expect(ahead).toBeGreaterThanOrEqual(0);
    expect(ahead).toBeLessThanOrEqual(160);
  });

  test("are receiver reports where nothing is sent", () => {
    const { bench, agent, talk } = call();
    bench.setMatrix({ rows: [] });
    talk(500);
    const [report] = reportsTo(agent);
    expect(report).toBeDefined();
    expect(report?.sender).toBeUndefined();
  });

  test("name each leg by itself", () => {
    const { agent, customer, talk } = call();
    talk(500);
    expect(reportsTo(agent)[0]?.cname).not.toBe(reportsTo(customer)[0]?.cname);
  });

  test("end with a goodbye when the port closes", () => {
    const { bench, agent, talk } = call();
    talk(1);
    bench.core.close("agent");
    expect(reportsTo(agent).at(-1)?.goodbyes).toEqual([agent.port.ssrc]);
  });
});

describe("reports received", () => {
  const block = (ssrc: number, lastSenderReport: number): ReportBlock => ({
    ssrc,
    fractionLost: 0,
    cumulativeLost: 0,
    extendedHighestSequence: 0,
    jitter: 0,
    lastSenderReport,
    delaySinceLastSenderReport: 65_536,
  });

  function report(bench: EngineBench, leg: ScriptedLeg, about: ReportBlock, address = leg.address) {
    const buffer = new Uint8Array(200);
    const sender = { wallMs: bench.clock.wallNow(), timestamp: 0, packets: 1, octets: 160 };
    const length = writeReport(buffer, leg.ssrc, "phone", sender, about);
    bench.core.receiveRtcp(leg.port, buffer, length, address, leg.rtpPort + 1);
  }

  test("tell the round trip", () => {
    const { bench, agent, talk } = call();
    talk(1);
    const sentAt = middleNtp(bench.clock.wallNow());
    bench.clock.advance(1030);
    report(bench, agent, block(agent.port.ssrc, sentAt));
    expect(agent.statistics?.roundTripMs).toBeCloseTo(30, 0);
  });

  test("about another stream, or from another host, tell nothing", () => {
    const { bench, agent, talk } = call();
    talk(1);
    const sentAt = middleNtp(bench.clock.wallNow());
    bench.clock.advance(1030);
    report(bench, agent, block(agent.port.ssrc + 1, sentAt));
    report(bench, agent, block(agent.port.ssrc, sentAt), "198.51.100.9");
    expect(agent.statistics?.roundTripMs).toBe(0);
  });

  test("of a sender are answered with when they came", () => {
    const { bench, agent, talk } = call();
    talk(1);
    report(bench, agent, block(0, 0));
    const came = middleNtp(bench.clock.wallNow());
    talk(500);
    expect(reportsTo(agent).at(-1)?.blocks[0]?.lastSenderReport).toBe(came);
  });
});
