import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { header, headerValues, NO_PARAMS, type SipResponse } from "../../src/sip/message/message.ts";
import { type Exchange, openExchange } from "../support/exchange.ts";
import { createPhone, type Phone } from "../support/phone/phone.ts";
import { until } from "../support/phone/until.ts";
import { startTestServer } from "../support/server.ts";

let exchange: Exchange;
beforeAll(async () => {
  exchange = await openExchange();
});
afterEach(() => exchange.clear());
afterAll(() => exchange.close());

const agent = () => exchange.phone("agent", { registered: false });

async function callAgent(): Promise<number | undefined> {
  const call = await (await exchange.phone("customer", { registered: false })).call("1001");
  await call.answered().catch(() => undefined);
  return call.end?.status ?? 200;
}

/** The Contact values of an answer, with the seconds that they have left. */
function contactsOf(response: SipResponse): string[] {
  const { contact } = response.headers;
  if (contact === "*") return ["*"];
  return contact.map(({ uri, params }) => `${uri.port} ${params.get("expires")}`).sort();
}

describe("a phone that registers", () => {
  test("is told of every contact of its extension and of what they have left", async () => {
    const [first, second] = [await agent(), await agent()];
    expect(contactsOf(await first.register(120))).toEqual([`${first.local.port} 120`]);
    expect(contactsOf(await second.register(300))).toEqual(
      [`${first.local.port} 120`, `${second.local.port} 300`].sort(),
    );
    // A REGISTER without a contact only asks.
    expect(contactsOf(await first.request("REGISTER"))).toHaveLength(2);
  });

  test("again replaces its contact, and does not add one", async () => {
    const phone = await agent();
    await phone.register(120);
    expect(contactsOf(await phone.register(240))).toEqual([`${phone.local.port} 240`]);
  });

  test("for too short a time is told the least (423 with Min-Expires), for too long gets the most", async () => {
    const phone = await agent();
    const brief = await phone.register(10);
    expect([brief.status, header(brief, "Min-Expires")]).toEqual([423, "60"]);
    expect(await callAgent()).toBe(480);
    expect(contactsOf(await phone.register(999_999))).toEqual([`${phone.local.port} 3600`]);
  });

  test("and unregisters is not called any more, though its other phone is", async () => {
    const [first, second] = [await agent(), await agent()];
    await first.register();
    await second.register();
    await first.unregister();
    expect(await callAgent()).toBe(200);
    expect([first.calls.length, second.calls.length]).toEqual([0, 1]);
    await second.unregister();
    expect(await callAgent()).toBe(480);
  });

  test("and then takes all contacts away at once (Contact: *) is not called any more", async () => {
    const phone = await agent();
    await phone.register();
    const answer = await phone.request("REGISTER", {
      contact: "*",
      others: [{ name: "Expires", value: "0" }],
    });
    expect([answer.status, contactsOf(answer)]).toEqual([200, []]);
    expect(await callAgent()).toBe(480);
  });

  test("and does not register again in time is not called any more", async () => {
    const short = await startTestServer(
      `
users:
  - { extension: "1001", password: p1001 }
  - { extension: "2001", password: p2001 }
store: { path: ":memory:" }`,
      { sip: "registration: { minExpires: 1 }" },
    );
    const phone = await createPhone({ extension: "1001", password: "p1001", server: short.udp });
    const caller = await createPhone({ extension: "2001", password: "p2001", server: short.udp });
    const status = async () => {
      const call = await caller.call("1001");
      await call.answered().catch(() => undefined);
      await call.hangup();
      return call.end?.status ?? 200;
    };
    expect((await phone.register(1)).status).toBe(200);
    expect(await status()).toBe(200);
    const registeredAt = performance.now();
    await until("the second is over", () => performance.now() - registeredAt > 1000);
    expect(await status()).toBe(480);
    await Promise.all([phone.close(), caller.close()]);
    await short.quiet();
    await short.close();
  });
});

describe("who may not register", () => {
  test("a wrong password and an unknown user get the same answer, but for its nonce", async () => {
    const wrong = await exchange.phone("agent", { registered: false, password: "wrong" });
    const unknown = await exchange.phone("agent", {
      registered: false,
      extension: "9999",
      password: "wrong",
    });
    const answers = [await wrong.register(), await unknown.register()].map((answer) => ({
      status: answer.status,
      reason: answer.reason,
      challenges: headerValues(answer, "WWW-Authenticate").map((one) => one.replace(/nonce="[^"]*"/, "")),
      names: answer.headers.others.map(({ name }) => name),
    }));
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(401);
  });

  test("a request that says again what was said once is challenged anew", async () => {
    const phone = await agent();
    await phone.register();
    const said = phone.log.flatMap(({ direction, message }) =>
      direction === "sent" && message.type === "request" ? (header(message, "Authorization") ?? []) : [],
    );
    const again = await phone.request("REGISTER", {
      others: [{ name: "Authorization", value: said[0] ?? "" }],
    });
    expect(again.status).toBe(401);
  });

  test("one user cannot register another's extension", async () => {
    const phone = await agent();
    const answer = await phone.request("REGISTER", {
      contact: [
        {
          uri: { scheme: "sip", user: "x", host: "127.0.0.1", port: 9, params: NO_PARAMS },
          params: NO_PARAMS,
        },
      ],
      to: "2001",
    });
    expect(answer.status).toBe(403);
  });
});

describe("a restart of the server", () => {
  test("keeps the registrations, and calls reach them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "floorwalker-"));
    const yaml = `
users:
  - { extension: "1001", password: p1001 }
  - { extension: "2001", password: p2001 }
store: { path: ${join(folder, "floor.db")} }`;
    const before = await startTestServer(yaml);
    const phones: Phone[] = [];
    for (const server of [before.udp, before.tcp]) {
      const phone = await createPhone({
        extension: "1001",
        password: "p1001",
        server,
        incoming: { type: "ring" },
      });
      expect((await phone.register()).status).toBe(200);
      phones.push(phone);
    }
    await before.close();

    const after = await startTestServer(yaml);
    const caller = await createPhone({ extension: "2001", password: "p2001", server: after.udp });
    const call = await caller.call("1001");
    const rang = await phones[0]?.nextCall();
    rang?.answer();
    await call.answered();
    await call.hangup();
    await Promise.all([caller, ...phones].map((phone) => phone.close()));
    await after.quiet();
    await after.close();
    rmSync(folder, { recursive: true });
  });
});
