import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sipStatusOf } from "../../src/core/failure.ts";
import { parseMessage } from "../../src/sip/message/parse.ts";
import { serialize } from "../../src/sip/message/serialize.ts";

/** The messages of RFC 4475 and RFC 5118 octet for octet, where somebody has put them beside the project. */
const FOLDER = join(import.meta.dirname, "../../../shared/testdata/torture");
const INDEX = join(FOLDER, "index.json");

interface SharedCase {
  readonly name: string;
  readonly file: string;
  readonly rfc: number;
  readonly section: string;
  readonly class: "valid" | "liberal" | "semantic" | "invalid";
  /** Answers that a server may give: statuses, classes of them, "drop". */
  readonly uas: readonly string[];
}

/** What has to be understood in some of them. */
const MEANINGS: Readonly<Record<string, object>> = {
  wsinv: {
    headers: {
      to: { params: new Map([["tag", "1918181833n"]]) },
      maxForwards: 68,
      cseq: { number: 9, method: "INVITE" },
      via: { length: 3 },
    },
  },
  esc01: { uri: { user: "sips%3Auser%40example.com", host: "example.net" } },
  esc02: { method: "RE%47IST%45R" },
  escnull: { headers: { contact: [{ uri: { user: "%00" } }, { uri: { user: "%00%00" } }] } },
  lwsdisp: { headers: { from: { displayName: "caller" } } },
  dblreq: { method: "REGISTER", body: { length: 0 } },
  semiuri: { uri: { user: "user;par=u%40example.net", host: "example.com" } },
  transports: {
    headers: { via: ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"].map((transport) => ({ transport })) },
  },
  noreason: { status: 100, reason: "" },
  escruri: { uri: { host: "example.com" }, headers: { route: [] } },
  zeromf: { headers: { maxForwards: 0 } },
  "port-ambiguous": { uri: { host: "[2001:db8::10:5070]" } },
  "port-unambiguous": { uri: { host: "[2001:db8::10]", port: 5070 } },
};

const there = existsSync(INDEX);
const listed = there ? (JSON.parse(readFileSync(INDEX, "utf8")) as Partial<SharedCase>[]) : [];
const cases = listed.filter((one): one is SharedCase => one.file !== undefined);

/** Whether an allowed answer ("400", "4xx", "48x", "drop") covers what was answered. */
function covers(allowed: string, answer: string): boolean {
  return new RegExp(`^${allowed.replace("?", "").replaceAll("x", "[0-9]")}$`).test(answer);
}

describe("the original messages of RFC 4475 and RFC 5118", () => {
  test("are there, all of them", ({ skip }) => {
    skip(!there, "../shared/testdata is not beside this project: only the cases in our own words were run");
    expect(cases.filter(({ rfc, section }) => rfc === 4475 && section !== "-")).toHaveLength(49);
    expect(cases.filter(({ rfc }) => rfc === 5118)).toHaveLength(12);
  });

  test.each(cases.map((one) => [one.rfc, one.section, one.name, one] as const))(
    "RFC %i §%s %s",
    (...[, , , one]) => {
      const result = parseMessage(Uint8Array.from(readFileSync(join(FOLDER, one.file))));
      if (result.ok) {
        expect(one.class).not.toBe("invalid");
        expect(result.value).toMatchObject(MEANINGS[one.name] ?? {});
        expect(parseMessage(serialize(result.value))).toEqual(result);
        return;
      }
      // A refusal is for what is invalid, and else only for a status that the case itself asks for.
      const answer = result.error.answerable === undefined ? "drop" : String(sipStatusOf(result.error));
      expect(one.uas.some((allowed) => covers(allowed, answer))).toBe(true);
      expect(["invalid", "semantic"]).toContain(one.class);
    },
  );
});
