import { closeSync, openSync, readFileSync } from "node:fs";
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { check, warningsOf } from "./check.ts";
import type { Configuration } from "./configuration.ts";
import { type Issue, showPath } from "./issue.ts";
import { parse } from "./parse.ts";
import type { Parsed } from "./schema.ts";
import { parseYaml } from "./yaml-source.ts";

type Secret = Parsed["users"][number]["password"];
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks a configuration file. On failure every mistake is told at once, each with the file, line, key and what
 * was expected. Paths in it are relative to the working directory; certificates are opened once to see that they can be.
 */
export function loadConfiguration(
  path: string,
  environment: Environment = process.env,
): Result<Configuration, Failure[]> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return err([failure("config.unreadable", `${path} (${reasonOf(error)})`)]);
  }
  return readConfiguration(text, path, environment);
}

/** The same for a text at hand; `file` is what messages call it. */
export function readConfiguration(
  text: string,
  file: string,
  environment: Environment,
): Result<Configuration, Failure[]> {
  const source = parseYaml(text, file);
  if (!source.ok) return source;
  const lineOf = (issue: Issue) => source.value.lineOf(issue.path);
  const show = (issue: Issue) => `${file}:${lineOf(issue)}: ${showPath(issue.path)}: ${issue.text}`;

  const { parsed, issues } = parse(source.value.content);
  const found = [
    ...issues,
    ...check(parsed),
    ...checkSecrets(parsed, environment),
    ...checkCertificate(parsed),
  ];
  if (found.length > 0) {
    found.sort((a, b) => lineOf(a) - lineOf(b));
    return err(found.map((issue) => failure(issue.code, show(issue))));
  }
  return ok(complete(parsed, environment, warningsOf(parsed).map(show)));
}

function checkSecrets({ users }: Parsed, environment: Environment): Issue[] {
  return users.flatMap(({ password }, i): Issue[] => {
    if (typeof password === "string" || secretOf(password, environment) !== undefined) return [];
    return [
      {
        code: "config.wrong-value",
        path: ["users", i, "password"],
        text: `expected the environment variable ${password.env} to hold the password, found it empty or not set`,
      },
    ];
  });
}

/** The secret itself; undefined where its variable is empty or not set. */
function secretOf(secret: Secret, environment: Environment): string | undefined {
  if (typeof secret === "string") return secret;
  return Object.hasOwn(environment, secret.env) ? environment[secret.env] || undefined : undefined;
}

function checkCertificate({ sip: { tls } }: Parsed): Issue[] {
  if (tls === undefined) return [];
  return (["certificate", "key"] as const).flatMap((name): Issue[] => {
    try {
      closeSync(openSync(tls[name], "r"));
      return [];
    } catch (error) {
      const text = `expected a readable PEM file, found ${tls[name]} (${reasonOf(error)})`;
      return [{ code: "config.certificate", path: ["sip", "tls", name], text }];
    }
  });
}

/** Fills in secrets and names, and leaves out what this version does not use. */
function complete(parsed: Parsed, environment: Environment, warnings: readonly string[]): Configuration {
  const { sip, auth, media, calls, users, supervision, store, log } = parsed;
  const { monitor, whisper, barge, takeover } = supervision.codes;
  const { keys, afterCall } = supervision;
  return {
    warnings,
    sip: {
      listen: sip.listen,
      domain: sip.domain,
      registration: sip.registration,
      ...(sip.tls && { tls: sip.tls }),
    },
    auth,
    media: {
      ports: media.ports,
      codecs: [...new Set(media.codecs)],
      srtp: media.srtp,
      timeout: media.timeout,
      ...(media.address !== undefined && { address: media.address }),
    },
    calls,
    users: users.map(({ extension, name, password, role, team, supervises }) => ({
      extension,
      name: name ?? extension,
      password: secretOf(password, environment) ?? "",
      role,
      supervises,
      ...(team !== undefined && { team }),
    })),
    supervision: {
      codes: { monitor, whisper, barge, takeover },
      keys: {
        monitor: keys.monitor,
        whisper: keys.whisper,
        barge: keys.barge,
        takeover: keys.takeover,
        handback: keys.handback,
      },
      afterCall,
    },
    store,
    log,
  };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "no such file";
    case "EACCES":
      return "permission denied";
    case "EISDIR":
      return "it is a directory";
    default:
      return String(code ?? error);
  }
}
