import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sipRequest } from "../../../test/support/sip-messages.ts";
import { responseTo } from "../message/build.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { formatUri } from "../message/uri.ts";
import {
  ackIn,
  confirmed,
  confirmedBy,
  dialogOfReceived,
  dialogOfSent,
  receive,
  refreshTarget,
  requestIn,
} from "./dialog.ts";

const contact = (text: string) => `Contact: <${text}>`;
const invite = sipRequest("INVITE", { cseq: 7, lines: [contact("sip:alice@192.0.2.1:5062")] });
const received = dialogOfReceived(invite, "ours");

function answered(status: number, contactText: string, recordRoute: readonly string[] = []) {
  const contact = parseNameAddr(`<${contactText}>`);
  const response = responseTo(invite, status, { toTag: "bob1", ...(contact ? { contact: [contact] } : {}) });
  const routes = recordRoute.flatMap((text) => parseNameAddr(text) ?? []);
  return { ...response, headers: { ...response.headers, recordRoute: routes } };
}

describe("a dialog that the peer begins (RFC 3261 §12.1.1)", () => {
  test("takes its tags, target, route set and number from the INVITE", () => {
    const routed = sipRequest("INVITE", {
      cseq: 7,
      lines: [contact("sip:alice@192.0.2.1:5062"), "Record-Route: <sip:p2;lr>, <sip:p1;lr>"],
    });
    const dialog = dialogOfReceived(routed, "ours");
    expect(dialog).toMatchObject({ state: "early", localTag: "ours", remoteTag: "alice1", remoteCseq: 7 });
    expect(formatUri(dialog.remoteTarget)).toBe("sip:alice@192.0.2.1:5062");
    expect(dialog.routeSet.map(({ uri }) => uri.host)).toEqual(["p2", "p1"]);
  });

  test("swaps From and To in our own requests", () => {
    const { request } = requestIn(received, "BYE");
    expect(request.headers.from.params.get("tag")).toBe("ours");
    expect(request.headers.to.params.get("tag")).toBe("alice1");
    expect(request.headers.cseq).toEqual({ number: 1, method: "BYE" });
    expect(request.headers.maxForwards).toBe(70);
  });
});

describe("a dialog that we begin (RFC 3261 §12.1.2)", () => {
  test("reverses the route set and goes on from the INVITE's number", () => {
    const dialog = dialogOfSent(invite, answered(180, "sip:bob@192.0.2.2", ["<sip:p2;lr>", "<sip:p1;lr>"]));
    expect(dialog).toMatchObject({ state: "early", localTag: "alice1", remoteTag: "bob1", localCseq: 7 });
    expect(dialog.routeSet.map(({ uri }) => uri.host)).toEqual(["p1", "p2"]);
    expect(dialog.remoteCseq).toBeUndefined();
  });

  test("takes route set and target anew from the 2xx, keeping its numbers (§13.2.2.4)", () => {
    const early = dialogOfSent(invite, answered(180, "sip:early@192.0.2.2"));
    const used = requestIn(early, "INFO").dialog;
    const dialog = confirmedBy(used, invite, answered(200, "sip:bob@192.0.2.2", ["<sip:p1;lr>"]));
    expect(dialog).toMatchObject({ state: "confirmed", localCseq: 8 });
    expect(dialog.remoteTarget.user).toBe("bob");
    expect(dialog.routeSet).toHaveLength(1);
  });
});

describe("a request inside a dialog (RFC 3261 §12.2.1.1)", () => {
  const withRoutes = (...routes: string[]) => ({
    ...received,
    routeSet: routes.flatMap((text) => parseNameAddr(text) ?? []),
  });

  test.each([
    ["no route set: the target", withRoutes(), "sip:alice@192.0.2.1:5062", []],
    [
      "a loose router first: the target, through all routes",
      withRoutes("<sip:p1;lr>", "<sip:p2>"),
      "sip:alice@192.0.2.1:5062",
      ["sip:p1;lr", "sip:p2"],
    ],
    [
      "a strict router first: the router itself, the target last",
      withRoutes("<sip:p1;method=INVITE?x=y>", "<sip:p2;lr>"),
      "sip:p1",
      ["sip:p2;lr", "sip:alice@192.0.2.1:5062"],
    ],
  ])("with %s", (_, dialog, uri, route) => {
    const { request } = requestIn(dialog, "INFO");
    expect(formatUri(request.uri)).toBe(uri);
    expect(request.headers.route.map((one) => formatUri(one.uri))).toEqual(route);
  });

  test("each carries a number one higher than the last", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("INVITE", "INFO", "OPTIONS", "BYE")), (methods) => {
        let dialog = received;
        const numbers = methods.map((method) => {
          const next = requestIn(dialog, method);
          dialog = next.dialog;
          return next.request.headers.cseq.number;
        });
        expect(numbers).toEqual(methods.map((_, index) => index + 1));
      }),
    );
  });

  test("the ACK of a 2xx has the INVITE's number and credentials (§13.2.2.4)", () => {
    const authorized = sipRequest("INVITE", {
      cseq: 7,
      lines: ['Proxy-Authorization: Digest username="u"', "X-Other: 1"],
    });
    const dialog = requestIn(dialogOfSent(authorized, answered(200, "sip:bob@192.0.2.2")), "INFO").dialog;
    const ack = ackIn(dialog, authorized);
    expect(ack.headers.cseq).toEqual({ number: 7, method: "ACK" });
    expect(ack.headers.others).toEqual([{ name: "Proxy-Authorization", value: 'Digest username="u"' }]);
    expect(formatUri(ack.uri)).toBe("sip:bob@192.0.2.2");
  });
});

describe("a request of the peer (RFC 3261 §12.2.2)", () => {
  test.each([
    [6, false],
    [7, true],
    [8, true],
    [2_147_483_647, true],
  ])("with number %i after 7 is in order: %s", (cseq, inOrder) => {
    const result = receive(received, sipRequest("INFO", { cseq, toTag: "ours" }));
    expect(result.ok).toBe(inOrder);
    if (result.ok) expect(result.value.remoteCseq).toBe(cseq);
    else expect(result.error.code).toBe("sip.out-of-order");
  });

  test("moves the target by its Contact, and without one leaves it", () => {
    const moved = refreshTarget(received, sipRequest("INVITE", { lines: [contact("sip:alice@192.0.2.9")] }));
    expect(moved.remoteTarget.host).toBe("192.0.2.9");
    expect(refreshTarget(moved, sipRequest("INVITE")).remoteTarget.host).toBe("192.0.2.9");
  });

  test("a dialog is confirmed without losing anything", () => {
    expect(confirmed(received)).toEqual({ ...received, state: "confirmed" });
  });
});
