import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageOf } from "../../core/failure.ts";
import type { Configuration } from "./configuration.ts";
import { listenUrl } from "./listen-url.ts";
import { loadConfiguration, readConfiguration } from "./load.ts";

const read = (yaml: string, environment = {}) => readConfiguration(yaml, "f.yaml", environment);

function right(yaml: string, environment = {}): Configuration {
  const outcome = read(yaml, environment);
  if (!outcome.ok) throw new Error(outcome.error.map(messageOf).join("\n"));
  return outcome.value;
}

/** The failures of a text as `code detail`. */
function wrong(yaml: string, environment = {}): string[] {
  const outcome = read(yaml, environment);
  return outcome.ok ? [] : outcome.error.map(({ code, detail }) => `${code} ${detail}`);
}

describe("a right configuration", () => {
  test("every key has a default that works on one machine", () => {
    expect(right("")).toEqual({
      warnings: [],
      sip: {
        listen: [
          { transport: "udp", address: "0.0.0.0", port: 5060 },
          { transport: "tcp", address: "0.0.0.0", port: 5060 },
        ],
        domain: "localhost",
        registration: { minExpires: 60, maxExpires: 3600 },
      },
      auth: { algorithms: ["MD5"] },
      media: { ports: { low: 20000, high: 29999 }, codecs: ["PCMA", "PCMU"], srtp: "off", timeout: 60 },
      calls: { ringTimeout: 60 },
      users: [],
      supervision: {
        codes: { monitor: "*90", whisper: "*91", barge: "*92", takeover: "*93" },
        keys: { monitor: "4", whisper: "5", barge: "6", takeover: "7", handback: "9" },
        afterCall: "end",
      },
      store: { path: "./data/floorwalker.db" },
      log: { level: "info" },
    });
  });

  test("a user needs an extension and a password only", () => {
    expect(right('users: [{ extension: "1", password: p }]').users).toEqual([
      { extension: "1", name: "1", password: "p", role: "agent", supervises: [] },
    ]);
  });

  test.each([
    ["udp://0.0.0.0:5060", "udp://0.0.0.0:5060"],
    ["tcp://127.0.0.1", "tcp://127.0.0.1:5060"],
    ["udp://[::1]:0", "udp://[::1]:0"],
  ])("%s is listened on as %s", (written, understood) => {
    expect(right(`sip: { listen: ["${written}"] }`).sip.listen.map(listenUrl)).toEqual([understood]);
  });

  test("tls:// takes the certificate and key of sip.tls", () => {
    const file = JSON.stringify(import.meta.filename);
    const { sip } = right(`sip: { listen: ["tls://0.0.0.0"], tls: { certificate: ${file}, key: ${file} } }`);
    expect(sip.listen.map(listenUrl)).toEqual(["tls://0.0.0.0:5061"]);
    expect(sip.tls).toEqual({ certificate: import.meta.filename, key: import.meta.filename });
  });

  test("a password can come from the environment", () => {
    const yaml = 'users: [{ extension: "1001", password: { env: SECRET } }]';
    expect(right(yaml, { SECRET: "hush" }).users[0]?.password).toBe("hush");
  });

  test("what comes in a later version is accepted with a warning where it changes nothing", () => {
    const yaml = 'http: { listen: "127.0.0.1:8080" }\nsupervision:\n  codes: { tour: "*94" }\n';
    expect(right(yaml).warnings).toEqual([
      "f.yaml:1: http: the HTTP interface comes in a later version; the setting has no effect",
      "f.yaml:3: supervision.codes.tour: the tour comes in a later version; the setting has no effect",
    ]);
  });

  test("the embedded default is right, and reachable from this machine alone", () => {
    const outcome = loadConfiguration(join(import.meta.dirname, "../../../config/floorwalker.yaml"), {});
    if (!outcome.ok) throw new Error(outcome.error.map(messageOf).join("\n"));
    expect(outcome.value.sip.listen.map(listenUrl)).toEqual(["udp://127.0.0.1:5060", "tcp://127.0.0.1:5060"]);
    expect(outcome.value.warnings).toEqual([]);
    expect(outcome.value.users.map(({ extension, role }) => `${extension} ${role}`)).toEqual([
      "1001 agent",
      "1002 agent",
      "1003 agent",
      "1101 agent",
      "2001 customer",
      "2002 customer",
      "2003 customer",
      "3001 supervisor",
      "3002 supervisor",
    ]);
  });
});

describe("a wrong configuration", () => {
  const user = '{ extension: "1001", password: p, team: sales }';

  test.each<[what: string, yaml: string, failures: string[]]>([
    [
      "a key nobody knows",
      "sip:\n  listn: [udp://0.0.0.0:5060]\n",
      [
        'config.unknown-key f.yaml:2: sip.listn: expected one of listen, domain, tls, registration; did you mean "listen"?',
      ],
    ],
    [
      "a section nobody knows",
      "sip: {}\nzebra: 1\n",
      [
        "config.unknown-key f.yaml:2: zebra: expected one of sip, auth, media, calls, users, trunks, routes, supervision, store, http, log",
      ],
    ],
    [
      "a key of a user misspelt",
      'users:\n  - extension: "1"\n    password: p\n    rol: agent\n',
      [
        'config.unknown-key f.yaml:4: users[0].rol: expected one of extension, name, password, role, team, supervises; did you mean "role"?',
      ],
    ],
    [
      "a role misspelt",
      'users:\n  - { extension: "1", password: p, role: agnet }\n',
      [
        'config.wrong-value f.yaml:2: users[0].role: expected one of agent, supervisor, customer, found "agnet"; did you mean "agent"?',
      ],
    ],
    [
      "an extension without quotes",
      "users:\n  - { extension: 1001, password: p }\n",
      [
        'config.wrong-value f.yaml:2: users[0].extension: expected an extension in quotes, such as "1001" (digits, letters, ".", "_", "-"; at most 32), found 1001',
      ],
    ],
    [
      "a password left out",
      'users:\n  - extension: "1"\n',
      [
        "config.wrong-value f.yaml:2: users[0].password: expected a password in quotes, or { env: NAME } to read it from the environment, found nothing",
      ],
    ],
    [
      "a password in a variable that is not set",
      'users:\n  - extension: "1"\n    password: { env: SECRET }\n',
      [
        "config.wrong-value f.yaml:3: users[0].password: expected the environment variable SECRET to hold the password, found it empty or not set",
      ],
    ],
    [
      "a list where a map belongs",
      "media: [pcma]\n",
      ["config.wrong-value f.yaml:1: media: expected a map of keys and values, found a list"],
    ],
    [
      "a text where the whole map belongs",
      "hello\n",
      ['config.wrong-value f.yaml:1: (top): expected a map of keys and values, found "hello"'],
    ],
    [
      "an address to listen on without an IP address",
      "sip: { listen: [udp://floor.example:5060] }",
      [
        'config.wrong-value f.yaml:1: sip.listen[0]: expected an address such as udp://0.0.0.0:5060 (udp, tcp or tls; an IP address; a port), found "udp://floor.example:5060"',
      ],
    ],
    [
      "a port that is none",
      "sip: { listen: [udp://0.0.0.0:70000] }",
      [
        'config.wrong-value f.yaml:1: sip.listen[0]: expected an address such as udp://0.0.0.0:5060 (udp, tcp or tls; an IP address; a port), found "udp://0.0.0.0:70000"',
      ],
    ],
    [
      "nothing to listen on",
      "sip: { listen: [] }",
      ["config.wrong-value f.yaml:1: sip.listen: expected at least one address to listen on, found a list"],
    ],
    [
      "an address listed twice",
      "sip:\n  listen:\n    - udp://127.0.0.1:5060\n    - udp://127.0.0.1\n",
      [
        "config.wrong-value f.yaml:4: sip.listen[1]: expected each address once; it is already listed as sip.listen[0]",
      ],
    ],
    [
      "WebSocket",
      "sip: { listen: [wss://0.0.0.0:7443] }",
      [
        "config.unavailable f.yaml:1: sip.listen[0]: SIP over WebSocket comes later; use udp://, tcp:// or tls://",
      ],
    ],
    [
      "TLS without a certificate",
      "sip: { listen: [tls://0.0.0.0:5061] }",
      ["config.certificate f.yaml:1: sip.listen[0]: tls:// needs sip.tls: { certificate: FILE, key: FILE }"],
    ],
    [
      "a certificate that is not there",
      `sip:\n  tls:\n    certificate: nowhere.pem\n    key: ${JSON.stringify(import.meta.filename)}\n`,
      [
        "config.certificate f.yaml:3: sip.tls.certificate: expected a readable PEM file, found nowhere.pem (no such file)",
      ],
    ],
    [
      "a shortest registration longer than the longest",
      "sip:\n  registration: { minExpires: 600, maxExpires: 60 }\n",
      [
        "config.wrong-value f.yaml:2: sip.registration.minExpires: expected at most maxExpires, 60, found 600",
      ],
    ],
    [
      "ports the wrong way round",
      "media: { ports: 30000-20000 }",
      [
        'config.wrong-value f.yaml:1: media.ports: expected a range of at least four ports from 1024 to 65535, such as 20000-29999, found "30000-20000"',
      ],
    ],
    [
      "too few ports for the two legs of a call",
      "media: { ports: 20001-20004 }",
      [
        'config.wrong-value f.yaml:1: media.ports: expected a range of at least four ports from 1024 to 65535, such as 20000-29999, found "20001-20004"',
      ],
    ],
    [
      "a media address that no phone can send to",
      "media: { address: 0.0.0.0 }",
      [
        'config.wrong-value f.yaml:1: media.address: expected the IP address that phones send audio to, such as 192.0.2.10, found "0.0.0.0"',
      ],
    ],
    [
      "a codec not built yet",
      "media: { codecs: [opus, pcma] }",
      ["config.unavailable f.yaml:1: media.codecs[0]: opus comes later; use pcma or pcmu"],
    ],
    [
      "a codec misspelt",
      "media: { codecs: [pmca] }",
      [
        'config.wrong-value f.yaml:1: media.codecs[0]: expected one of pcma, pcmu, g722, opus, found "pmca"; did you mean "pcma"?',
      ],
    ],
    [
      "encrypted media",
      "media: { srtp: optional }",
      ["config.unavailable f.yaml:1: media.srtp: encrypted media comes later; use srtp: off"],
    ],
    [
      "a trunk",
      "trunks:\n  - { name: carrier, host: 192.0.2.50 }\n",
      ["config.unavailable f.yaml:1: trunks: trunks come later; for now every phone is one of users"],
    ],
    [
      "a route",
      "routes: [{ from: users }]",
      ["config.unavailable f.yaml:1: routes: routes come later; for now users call each other by extension"],
    ],
    [
      "an extension twice",
      `users:\n  - ${user}\n  - ${user}\n`,
      [
        "config.wrong-value f.yaml:3: users[1].extension: expected each extension once; it is already that of users[0]",
      ],
    ],
    [
      "a team that nobody is in",
      `users:\n  - ${user}\n  - { extension: "3001", password: p, role: supervisor, supervises: [sale] }\n`,
      [
        'config.wrong-value f.yaml:3: users[1].supervises[0]: no user is in team "sale": the teams of users are sales; did you mean "sales"?',
      ],
    ],
    [
      "an agent that supervises",
      `users:\n  - ${user}\n  - { extension: "1002", password: p, role: agent, supervises: [sales] }\n`,
      [
        "config.wrong-value f.yaml:3: users[1].supervises: expected role: supervisor beside it, found role: agent",
      ],
    ],
    [
      "two codes alike",
      'supervision: { codes: { whisper: "*90" } }',
      [
        "config.wrong-value f.yaml:1: supervision.codes.whisper: expected distinct codes: *90 is the same as *90 (monitor)",
      ],
    ],
    [
      "a code that begins another",
      'supervision: { codes: { barge: "*9" } }',
      [
        "config.wrong-value f.yaml:1: supervision.codes.barge: expected distinct codes: *9 cannot be told from *90 (monitor)",
        "config.wrong-value f.yaml:1: supervision.codes.barge: expected distinct codes: *9 cannot be told from *91 (whisper)",
        "config.wrong-value f.yaml:1: supervision.codes.takeover: expected distinct codes: *93 cannot be told from *9 (barge)",
      ],
    ],
    [
      "an extension that begins with a code",
      `users:\n  - ${user}\nsupervision: { codes: { monitor: "10" } }\n`,
      [
        'config.wrong-value f.yaml:2: users[0].extension: expected an extension that does not begin with the feature code 10 (monitor), found "1001"',
      ],
    ],
    [
      "a key for two modes",
      'supervision: { keys: { barge: "5" } }',
      [
        "config.wrong-value f.yaml:1: supervision.keys.barge: expected distinct keys; this one is already supervision.keys.whisper",
      ],
    ],
    [
      "a time without a unit of ours",
      "calls: { ringTimeout: 1m }",
      ['config.wrong-value f.yaml:1: calls.ringTimeout: expected seconds from 1 to 600, found "1m"'],
    ],
    [
      "a digest of another time",
      "auth: { algorithms: [SHA-1] }",
      ['config.wrong-value f.yaml:1: auth.algorithms[0]: expected one of SHA-256, MD5, found "SHA-1"'],
    ],
    [
      "a key without a value",
      "store:\n",
      ["config.wrong-value f.yaml:1: store: expected a map of keys and values, found nothing"],
    ],
    [
      "what is no YAML",
      "sip:\n  domain: [\n",
      [
        "config.syntax f.yaml:3: Flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ],
    ["a key twice", "log: {}\nlog: {}\n", ["config.syntax f.yaml:2: Map keys must be unique"]],
  ])("%s", (_what, yaml, failures) => {
    expect(wrong(yaml)).toEqual(failures);
  });

  test("every mistake is told at once, in the order of the file", () => {
    const yaml = `log: { level: loud }\nsip:\n  domian: x\nusers:\n  - ${user}\n  - ${user}\nmedia: { srtp: required }\n`;
    expect(wrong(yaml).map((line) => line.split(": ", 2).join(" "))).toEqual([
      "config.wrong-value f.yaml:1 log.level",
      "config.unknown-key f.yaml:3 sip.domian",
      "config.wrong-value f.yaml:6 users[1].extension",
      "config.unavailable f.yaml:7 media.srtp",
    ]);
  });

  test("a mistake behind an alias is told at the alias", () => {
    expect(wrong('users:\n  - &u { extension: "1", password: p }\n  - *u\n')).toEqual([
      "config.wrong-value f.yaml:3: users[1].extension: expected each extension once; it is already that of users[0]",
    ]);
  });

  test("a file that is not there is told with its path", () => {
    const outcome = loadConfiguration("/nowhere/floor.yaml", {});
    expect(outcome).toEqual({
      ok: false,
      error: [{ code: "config.unreadable", detail: "/nowhere/floor.yaml (no such file)" }],
    });
  });
});

describe("whatever the file holds", () => {
  const outcomeIsAValue = (yaml: string) => {
    const outcome = read(yaml);
    return (
      outcome.ok ||
      (outcome.error.length > 0 && outcome.error.every(({ detail }) => detail.startsWith("f.yaml")))
    );
  };

  test("any text gives a value or failures, never an exception", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), outcomeIsAValue));
  });

  test("any text of YAML's own characters gives a value or failures, never an exception", () => {
    const unit = fc.constantFrom(
      ..."&*!|>[]{}:,-?#%@`\"' \n\tab1~<".split(""),
      "<<: ",
      "*a",
      "&a ",
      "sip: ",
      "users:\n - ",
    );
    fc.assert(fc.property(fc.string({ unit, maxLength: 60 }), outcomeIsAValue), { numRuns: 500 });
  });

  test("any value under any known key gives a value or failures, never an exception", () => {
    const keys = fc.constantFrom(
      ...["sip", "listen", "tls", "media", "ports", "users", "extension", "password", "env", "supervision"],
      ...["codes", "keys", "monitor", "http", "trunks", "__proto__", "constructor", "toString"],
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.dictionary(keys, tie("tree"), { maxKeys: 4 }),
        fc.array(tie("tree"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => outcomeIsAValue(JSON.stringify(value))),
      { numRuns: 500 },
    );
  });
});
