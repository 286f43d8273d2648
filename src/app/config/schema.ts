import { isIP } from "node:net";
import { z } from "zod";
import type { FailureCode } from "../../core/failure.ts";
import type { CodecName } from "../../mixer/engine/media-engine.ts";
import { DIGEST_ALGORITHMS, LOG_LEVELS } from "./configuration.ts";
import { LISTEN_FORM, parseListenUrl } from "./listen-url.ts";

/** The shape of the file, key by key, with every default. What one key means to another is checked in check.ts. */

/** The codecs of the design's form, and what each is called in SDP; those without a name are not built yet. */
const CODECS = { pcma: "PCMA", pcmu: "PCMU", g722: undefined, opus: undefined } as const satisfies Record<
  string,
  CodecName | undefined
>;

/** Marks an issue of ours with the row of the failure catalogue that it is. */
function report(ctx: z.RefinementCtx, code: FailureCode, message: string): never {
  ctx.addIssue({ code: "custom", message, params: { failure: code } });
  return z.NEVER;
}

const matching = (expected: string, pattern: RegExp) =>
  z.string({ error: `expected ${expected}` }).regex(pattern, { error: `expected ${expected}` });

const wholeNumber = (what: string, low: number, high: number) => {
  const error = `expected ${what} from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `expected one of ${values.join(", ")}` });

const list = <T extends z.ZodType>(element: T, what: string) =>
  z.array(element, { error: `expected a list of ${what}` });

/** A map whose every key is named here; left out, each key takes its default. */
const section = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: mapExpected }).prefault({} as never);

const mapExpected: z.core.$ZodErrorMap = (issue) =>
  issue.code === "invalid_type" ? "expected a map of keys and values" : undefined;

const text = (what: string) => matching(what, /\S/);
const teamName = text("the name of a team, in quotes if it looks like a number");
const filePath = text("the path of a file");
const featureCode = matching('a code of digits, * and # in quotes, such as "*90"', /^[0-9*#]{1,8}$/);
const key = matching('one key in quotes: "0" to "9", "*" or "#"', /^[0-9*#]$/);

const listenPoint = z.string({ error: `expected ${LISTEN_FORM}` }).transform((value, ctx) => {
  const parsed = parseListenUrl(value);
  return parsed.ok ? parsed.value : report(ctx, parsed.error.code, parsed.error.detail);
});

const PORTS_FORM = "expected a range of at least four ports from 1024 to 65535, such as 20000-29999";
const portRange = z.string({ error: PORTS_FORM }).transform((value, ctx) => {
  const [, low = Number.NaN, high = Number.NaN] = (/^(\d+)-(\d+)$/.exec(value) ?? []).map(Number);
  const firstEven = low + (low % 2);
  // Two pairs, for the two legs of one call.
  if (low >= 1024 && high <= 65535 && firstEven + 3 <= high) return { low, high };
  return report(ctx, "config.wrong-value", PORTS_FORM);
});

const codec = oneOf(["pcma", "pcmu", "g722", "opus"]).transform((name, ctx) => {
  return CODECS[name] ?? report(ctx, "config.unavailable", `${name} comes later; use pcma or pcmu`);
});

const srtp = oneOf(["off", "optional", "required"]).transform((value, ctx) => {
  return value === "off"
    ? value
    : report(ctx, "config.unavailable", "encrypted media comes later; use srtp: off");
});

const ADDRESS_FORM = "expected the IP address that phones send audio to, such as 192.0.2.10";
const mediaAddress = z
  .string({ error: ADDRESS_FORM })
  .refine((value) => isIP(value) !== 0 && value !== "0.0.0.0" && value !== "::", { error: ADDRESS_FORM });

const notYet = (instead: string) =>
  list(z.unknown(), "maps").transform((value, ctx) => {
    return value.length === 0 ? [] : report(ctx, "config.unavailable", instead);
  });

/** A secret as written, or the name of the environment variable that holds it. */
const secret = z.union([z.string().min(1), z.strictObject({ env: z.string().min(1) })], {
  error: "expected a password in quotes, or { env: NAME } to read it from the environment",
});

const user = z.strictObject(
  {
    extension: matching(
      'an extension in quotes, such as "1001" (digits, letters, ".", "_", "-"; at most 32)',
      /^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$/,
    ),
    name: text("a name").optional(),
    password: secret,
    role: oneOf(["agent", "supervisor", "customer"]).default("agent"),
    team: teamName.optional(),
    supervises: list(teamName, "team names").default([]),
  },
  { error: mapExpected },
);

/** Top-level keys, each with a default that works on one machine. */
export const SECTIONS = {
  sip: section({
    listen: list(listenPoint, LISTEN_FORM)
      .min(1, { error: "expected at least one address to listen on" })
      .prefault(["udp://0.0.0.0:5060", "tcp://0.0.0.0:5060"]),
    domain: matching(
      "a host name or IP address, such as floor.example",
      /^(?:[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?|\[[0-9A-Fa-f:.]+\])$/,
    ).default("localhost"),
    tls: z.strictObject({ certificate: filePath, key: filePath }, { error: mapExpected }).optional(),
    registration: section({
      minExpires: wholeNumber("seconds", 1, 86_400).default(60),
      maxExpires: wholeNumber("seconds", 1, 86_400).default(3600),
    }),
  }),
  auth: section({
    algorithms: list(oneOf(DIGEST_ALGORITHMS), "algorithms")
      .min(1, { error: `expected at least one of ${DIGEST_ALGORITHMS.join(", ")}` })
      // A phone that knows only MD5 may give up on the mere sight of SHA-256: who wants it asks for it.
      .default(["MD5"]),
  }),
  media: section({
    address: mediaAddress.optional(),
    ports: portRange.prefault("20000-29999"),
    codecs: list(codec, "codecs")
      .min(1, { error: "expected at least one of pcma, pcmu" })
      .prefault(["pcma", "pcmu"]),
    srtp: srtp.prefault("off"),
    timeout: wholeNumber("seconds (0 for never)", 0, 86_400).default(60),
  }),
  calls: section({ ringTimeout: wholeNumber("seconds", 1, 600).default(60) }),
  users: list(user, "users").default([]),
  trunks: notYet("trunks come later; for now every phone is one of users").prefault([]),
  routes: notYet("routes come later; for now users call each other by extension").prefault([]),
  supervision: section({
    codes: section({
      monitor: featureCode.default("*90"),
      whisper: featureCode.default("*91"),
      barge: featureCode.default("*92"),
      takeover: featureCode.default("*93"),
      tour: featureCode.optional(),
      help: featureCode.optional(),
    }),
    keys: section({
      monitor: key.default("4"),
      whisper: key.default("5"),
      barge: key.default("6"),
      takeover: key.default("7"),
      handback: key.default("9"),
      debrief: key.optional(),
      next: key.optional(),
    }),
    afterCall: oneOf(["end", "wait"]).default("end"),
  }),
  store: section({ path: filePath.default("./data/floorwalker.db") }),
  http: z
    .strictObject({ listen: text("an address such as 127.0.0.1:8080") }, { error: mapExpected })
    .optional(),
  log: section({ level: oneOf(LOG_LEVELS).default("info") }),
} as const;

export const SCHEMA = z.strictObject(SECTIONS, { error: mapExpected });

/** The file once its shape is right. */
export type Parsed = z.output<typeof SCHEMA>;
