import type { Issue, Path } from "./issue.ts";
import { showPath, suggestion } from "./issue.ts";
import type { Parsed } from "./schema.ts";

/** What keys of the file mean to each other: everything a shape alone cannot say. */
export function check(parsed: Parsed): Issue[] {
  return [...checkListen(parsed), ...checkRegistration(parsed), ...checkUsers(parsed), ...checkCodes(parsed)];
}

/** Settings that are accepted and not in effect in this version: the operator is told, and nothing stops. */
export function warningsOf(parsed: Parsed): Issue[] {
  const { http, supervision } = parsed;
  const idle: [path: Path, what: string, set: unknown][] = [
    [["http"], "the HTTP interface", http],
    [["supervision", "codes", "tour"], "the tour", supervision.codes.tour],
    [["supervision", "codes", "help"], "the call for help", supervision.codes.help],
    [["supervision", "keys", "debrief"], "the debriefing", supervision.keys.debrief],
    [["supervision", "keys", "next"], "stepping to the next call", supervision.keys.next],
  ];
  return idle
    .filter(([, , set]) => set !== undefined)
    .map(([path, what]) => ({
      code: "config.unavailable",
      path,
      text: `${what} comes in a later version; the setting has no effect`,
    }));
}

function wrong(path: Path, text: string): Issue {
  return { code: "config.wrong-value", path, text };
}

function checkListen({ sip }: Parsed): Issue[] {
  const issues = duplicates(
    sip.listen.map(({ transport, address, port }, i) => ({
      // Port 0 is a different free port each time.
      value: port === 0 ? `${i}` : `${transport} ${address} ${port}`,
      path: ["sip", "listen", i],
    })),
    (first) => `expected each address once; it is already listed as ${first}`,
  );
  const tlsAt = sip.listen.findIndex(({ transport }) => transport === "tls");
  if (tlsAt >= 0 && sip.tls === undefined) {
    issues.push({
      code: "config.certificate",
      path: ["sip", "listen", tlsAt],
      text: "tls:// needs sip.tls: { certificate: FILE, key: FILE }",
    });
  }
  return issues;
}

function checkRegistration({ sip: { registration } }: Parsed): Issue[] {
  if (registration.minExpires <= registration.maxExpires) return [];
  return [
    wrong(
      ["sip", "registration", "minExpires"],
      `expected at most maxExpires, ${registration.maxExpires}, found ${registration.minExpires}`,
    ),
  ];
}

function checkUsers({ users, supervision }: Parsed): Issue[] {
  const issues = duplicates(
    users.map(({ extension }, i) => ({ value: extension, path: ["users", i, "extension"] })),
    (first) => `expected each extension once; it is already that of ${first}`,
  );
  const teams = new Set(users.flatMap(({ team }) => (team === undefined ? [] : [team])));
  const codes = Object.entries(supervision.codes);
  users.forEach(({ extension, role, supervises }, i) => {
    if (role !== "supervisor" && supervises.length > 0) {
      issues.push(
        wrong(["users", i, "supervises"], `expected role: supervisor beside it, found role: ${role}`),
      );
    }
    supervises.forEach((team, j) => {
      if (teams.has(team)) return;
      const known =
        teams.size === 0 ? "no user has a team" : `the teams of users are ${[...teams].join(", ")}`;
      issues.push(
        wrong(
          ["users", i, "supervises", j],
          `no user is in team "${team}": ${known}${suggestion(team, teams)}`,
        ),
      );
    });
    for (const [name, code] of codes) {
      if (code !== undefined && extension.startsWith(code)) {
        const text = `expected an extension that does not begin with the feature code ${code} (${name})`;
        issues.push(wrong(["users", i, "extension"], `${text}, found "${extension}"`));
      }
    }
  });
  return issues;
}

/** No code may begin another, or what was dialled could be read in two ways; no key may mean two things. */
function checkCodes({ supervision: { codes, keys } }: Parsed): Issue[] {
  const issues: Issue[] = [];
  const dialled = definedEntries(codes);
  dialled.forEach(([name, code], i) => {
    for (const [otherName, other] of dialled.slice(0, i)) {
      if (!code.startsWith(other) && !other.startsWith(code)) continue;
      const clash = code === other ? "is the same as" : "cannot be told from";
      issues.push(
        wrong(
          ["supervision", "codes", name],
          `expected distinct codes: ${code} ${clash} ${other} (${otherName})`,
        ),
      );
    }
  });
  const pressed = definedEntries(keys).map(([name, value]) => ({
    value,
    path: ["supervision", "keys", name],
  }));
  return [
    ...issues,
    ...duplicates(pressed, (first) => `expected distinct keys; this one is already ${first}`),
  ];
}

function definedEntries(map: Readonly<Record<string, string | undefined>>): [name: string, value: string][] {
  return Object.entries(map).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function duplicates(
  entries: readonly { readonly value: string; readonly path: Path }[],
  text: (first: string) => string,
): Issue[] {
  const seen = new Map<string, Path>();
  const issues: Issue[] = [];
  for (const { value, path } of entries) {
    const first = seen.get(value);
    if (first === undefined) seen.set(value, path);
    else issues.push(wrong(path, text(showOwner(first))));
  }
  return issues;
}

/** `users[0]` for users[0].extension, `sip.listen[0]`, `supervision.keys.monitor`: what the reader looks for. */
function showOwner(path: Path): string {
  return showPath(path[0] === "users" ? path.slice(0, 2) : path);
}
