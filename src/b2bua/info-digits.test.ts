import { expect, test } from "vitest";
import { digitOfInfo, infoOfDigit } from "./info-digits.ts";

test.each<[string | undefined, string, string | undefined]>([
  ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"],
  ["application/dtmf-relay", "Signal= 5\nDuration= 100\n", "5"],
  ["Application/DTMF-Relay; charset=utf-8", "Duration=160\r\nsignal=*\r\n", "*"],
  ["application/dtmf-relay", "Signal=11\r\n", "#"],
  ["application/dtmf-relay", "Signal=a\r\n", "A"],
  ["application/dtmf", "7", "7"],
  ["application/dtmf", " 10 \r\n", "*"],
  ["application/dtmf-relay", "Signal=99\r\n", undefined],
  ["application/dtmf-relay", "", undefined],
  ["application/media_control+xml", "5", undefined],
  [undefined, "5", undefined],
])("%s %j is the key %s", (type, body, digit) => {
  expect(digitOfInfo(type, body)).toBe(digit);
});

test.each([..."0123456789*#ABCD"])("what we send for %s is read back as it", (digit) => {
  const { type, content } = infoOfDigit(digit);
  expect(digitOfInfo(type, content)).toBe(digit);
});
