import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../test/support/manual-clock.ts";
import { until } from "../../test/support/phone/until.ts";
import { failure } from "../core/failure.ts";
import { err, ok } from "../core/result.ts";
import { runCli } from "./cli.ts";
import type { Host } from "./host.ts";
import type { RunningServer, startServer } from "./server.ts";
import { CLOSE_DEADLINE_MS } from "./start.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "floorwalker-cli-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function file(yaml: string): string {
  const path = join(folder, "floor.yaml");
  writeFileSync(path, yaml);
  return path;
}

/** A process that the test stops by hand, and a server that closes as it is told to. */
class FakeHost implements Host {
  readonly printed: string[] = [];
  readonly complained: string[] = [];
  readonly environment = {};
  readonly clock = new ManualClock();
  readonly #onStop: ((signal: string) => void)[] = [];
  readonly #onBug: ((error: unknown) => void)[] = [];
  readonly startServer: typeof startServer;

  constructor(start: () => ReturnType<typeof startServer> = async () => err(failure("store.unusable"))) {
    this.startServer = start;
  }

  print(line: string): void {
    this.printed.push(line);
  }

  complain(line: string): void {
    this.complained.push(line);
  }

  onStop(onStop: (signal: string) => void): void {
    this.#onStop.push(onStop);
  }

  onBug(onBug: (error: unknown) => void): void {
    this.#onBug.push(onBug);
  }

  stop(): void {
    for (const onStop of [...this.#onStop]) onStop("SIGTERM");
  }

  bug(error: Error): void {
    for (const onBug of this.#onBug) onBug(error);
  }
}

describe("floorwalker check", () => {
  test("says that a right file is right", async () => {
    const host = new FakeHost();
    const path = file('users: [{ extension: "1001", password: p }]\nhttp: { listen: "127.0.0.1:80" }');
    expect(await runCli(["check", "--config", path], host)).toBe(0);
    expect(host.printed).toEqual([`${path} is right (users: 1)`]);
    expect(host.complained).toEqual([
      `warning: ${path}:2: http: the HTTP interface comes in a later version; the setting has no effect`,
    ]);
  });

  test("says everything that is wrong with a wrong one, and fails", async () => {
    const host = new FakeHost();
    const path = file("log: { level: loud }\nsipp: {}\n");
    expect(await runCli(["check", "-c", path], host)).toBe(1);
    expect(host.printed).toEqual([]);
    expect(host.complained[0]).toBe(`floorwalker: 2 mistakes in ${path}`);
    expect(host.complained[1]).toContain(`${path}:1: log.level: expected one of trace`);
    expect(host.complained[2]).toContain(`did you mean "sip"?`);
  });

  test("checks the embedded default without --config", async () => {
    const host = new FakeHost();
    expect(await runCli(["check"], host)).toBe(0);
    expect(host.printed[0]).toMatch(/config.floorwalker\.yaml is right \(users: 9\)$/);
  });
});

describe("floorwalker start", () => {
  const running = (close: () => Promise<void>) => {
    const server: Pick<RunningServer, "addresses" | "close"> = { addresses: ["udp://127.0.0.1:5060"], close };
    return async () => ok(server as RunningServer);
  };
  const silent = () => file("log: { level: silent }");

  test("prints one ready line, closes the server at a signal and ends with 0", async () => {
    let closed = false;
    const host = new FakeHost(
      running(async () => {
        closed = true;
      }),
    );
    const exit = runCli(["start", "-c", silent()], host);
    await until("ready", () => host.printed.length > 0);
    expect(host.printed).toEqual(["ready udp://127.0.0.1:5060"]);
    expect(closed).toBe(false);
    host.stop();
    expect(await exit).toBe(0);
    expect(closed).toBe(true);
    expect(host.clock.pending).toBe(0);
  });

  test.each<[string, (host: FakeHost) => void]>([
    ["at the deadline", (host) => host.clock.advance(CLOSE_DEADLINE_MS)],
    [
      "at a second signal",
      (host) => {
        host.clock.advance(1000);
        host.stop();
      },
    ],
  ])("gives up on a server that does not close %s, and ends with 1", async (_when, giveUp) => {
    const host = new FakeHost(running(() => new Promise(() => undefined)));
    const exit = runCli(["start", "-c", silent()], host);
    await until("ready", () => host.printed.length > 0);
    host.stop();
    await until("the deadline is set", () => host.clock.pending > 0);
    giveUp(host);
    expect(await exit).toBe(1);
  });

  test("takes npm's copy of a Ctrl-C, milliseconds later, for the same one", async () => {
    let closed = () => {};
    const host = new FakeHost(
      running(
        () =>
          new Promise((resolve) => {
            closed = resolve;
          }),
      ),
    );
    const exit = runCli(["start", "-c", silent()], host);
    await until("ready", () => host.printed.length > 0);
    host.stop();
    await until("the deadline is set", () => host.clock.pending > 0);
    host.clock.advance(20);
    host.stop();
    closed();
    expect(await exit).toBe(0);
  });

  test("goes on after a bug that nobody caught", async () => {
    const host = new FakeHost(running(async () => undefined));
    const exit = runCli(["start", "-c", silent()], host);
    await until("ready", () => host.printed.length > 0);
    host.bug(new Error("a bug"));
    host.stop();
    expect(await exit).toBe(0);
  });

  test("says in words why it cannot start, and ends with 1", async () => {
    const host = new FakeHost(async () => err(failure("listen.port-in-use", "udp://127.0.0.1:5060")));
    expect(await runCli(["start", "-c", silent()], host)).toBe(1);
    expect(host.complained).toEqual([
      "floorwalker cannot start: The address is in use: stop the other process or choose another port: udp://127.0.0.1:5060",
    ]);
  });

  test("does not start on a wrong configuration", async () => {
    const host = new FakeHost(() => {
      throw new Error("started");
    });
    expect(await runCli(["start", "-c", join(folder, "nowhere.yaml")], host)).toBe(1);
    expect(host.complained[1]).toContain("no such file");
  });
});

describe("the command line", () => {
  test.each([[["fly"]], [["check", "--colour"]], [["start", "--config"]], [[]]])(
    "of %j is wrong usage: 2",
    async (args) => {
      const host = new FakeHost();
      expect(await runCli(args, host)).toBe(2);
      expect(host.complained.join()).not.toBe("");
      expect(host.printed).toEqual([]);
    },
  );

  test.each(["--help", "--version"])("%s prints and ends with 0", async (option) => {
    const host = new FakeHost();
    expect(await runCli([option], host)).toBe(0);
    expect(host.printed.join()).toMatch(option === "--help" ? /start.*check.*demo/s : /^\d+\.\d+\.\d+$/);
  });
});
