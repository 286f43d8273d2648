import { afterEach, describe, expect, test } from "vitest";
import { audibleOn, type Floor, frames, hears, openFloor } from "../support/floor.ts";
import { createPhone } from "../support/phone/phone.ts";

let floor: Floor;
afterEach(() => floor.close());

describe("promise 6: every way in asks the same policy", () => {
  test.each(["*90", "*91", "*92", "*93"])(
    "an agent who dials %s is not allowed, and hears nothing",
    async (code) => {
      floor = await openFloor();
      const { agent, customer } = await floor.call();
      const attempt = await floor.phones.customer.call(`${code}1001`);
      const end = await attempt.ended();
      expect(end).toMatchObject({ status: 403, reason: expect.stringContaining("only supervisors") });
      expect(attempt.media.recorder.packets).toEqual([]);
      expect(audibleOn(agent)).toEqual(["customer"]);
      expect(audibleOn(customer)).toEqual(["agent"]);
    },
  );

  test("a supervisor of another team is not allowed", async () => {
    floor = await openFloor();
    await floor.call();
    floor.server.replaceUsers(users("support"));
    const attempt = await floor.phones.supervisor.call("*901001");
    expect(await attempt.ended()).toMatchObject({
      status: 403,
      reason: expect.stringContaining("in no team you supervise"),
    });
  });

  test("a right that is taken away while the supervisor listens ends it at once", async () => {
    floor = await openFloor();
    const { customer, agent } = await floor.call();
    const supervisor = await floor.supervise("*92");
    await hears(customer, ["agent", "supervisor"]);
    floor.server.replaceUsers(users("support"));
    await supervisor.ended();
    await hears(customer, ["agent"]);
    await hears(agent, ["customer"]);
  });

  test.each(["rfc4733", "info"] as const)("a key by %s acts, and is judged like a code", async (way) => {
    floor = await openFloor();
    const { customer } = await floor.call();
    const supervisor = await floor.supervise("*90");
    await supervisor.pressKey("6", way);
    await hears(customer, ["agent", "supervisor"]);
    await supervisor.pressKey("4", way);
    await hears(customer, ["agent"]);
  });

  test.each([
    ["*90", 404, "code followed by an extension"],
    ["*909999", 404, "No such extension"],
    ["*902001", 403, "in no team you supervise"],
    ["*903001", 403, "cannot supervise yourself"],
    ["*901001", 480, "No live call"],
  ])("%s is answered %i with a reason that a phone displays", async (dialled, status, reason) => {
    floor = await openFloor();
    const attempt = await floor.phones.supervisor.call(dialled);
    expect(await attempt.ended()).toMatchObject({ status, reason: expect.stringContaining(reason) });
  });

  test("somebody who knows the code and no password is not let in", async () => {
    floor = await openFloor();
    const { agent } = await floor.call();
    const stranger = await createPhone({ extension: "3001", password: "guess", server: floor.server.udp });
    const attempt = await stranger.call("*901001");
    expect(await attempt.ended()).toMatchObject({ status: 401 });
    await frames(agent, 10);
    expect(floor.server.supervision.supervisions()).toEqual([]);
    await stranger.close();
  });
});

function users(supervises: string) {
  const passwords = { "1001": "a", "2001": "c", "3001": "s", "3002": "t" };
  return Object.entries(passwords).map(([extension, password]) => ({
    extension,
    password,
    name: extension,
    role: extension.startsWith("3") ? ("supervisor" as const) : ("agent" as const),
    supervises: extension.startsWith("3") ? [supervises] : [],
    ...(extension === "1001" ? { team: "sales" } : {}),
  }));
}
