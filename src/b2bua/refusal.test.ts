import { expect, test } from "vitest";
import { failure } from "../core/failure.ts";
import { bestRefusal, phraseOf, refusalOf } from "./refusal.ts";

test.each<[string, number[], number]>([
  ["nothing was said", [], 480],
  ["one is busy and one unknown", [404, 486], 486],
  ["one declines everywhere", [486, 603], 603],
  ["the phone wants a password of us", [401], 480],
  ["the phone did not answer", [408], 480],
  ["the phone redirects", [302], 480],
  ["the phone has an error of its own", [500], 480],
  ["we had no port for it", [503], 503],
  ["nothing is in common", [488], 488],
])("when %s, %j gives the caller %i", (_, statuses, expected) => {
  expect(bestRefusal(statuses.map((status) => ({ status }))).status).toBe(expected);
});

test("a refusal of the catalogue carries a sentence that a phone can show", () => {
  const refusal = refusalOf(failure("supervision.no-live-call", "1001"));
  expect(refusal.status).toBe(480);
  expect(phraseOf(refusal)).toBe("No live call on this extension: 1001");
});

test("a phone's own phrase goes on to the caller", () => {
  expect(phraseOf({ status: 486, reason: "In a meeting" })).toBe("In a meeting");
});
