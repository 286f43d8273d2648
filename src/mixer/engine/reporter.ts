import type { Clock } from "../../core/clock.ts";
import type { Port, Random } from "./port.ts";
export class Reporter {
  constructor(_clock: Clock, _random: Random) {}
  reportIfDue(_port: Port, _now: number): void {}
  sayGoodbye(_port: Port): void {}
  receive(_port: Port, _data: Uint8Array, _length: number, _address: string, _from: number, _now: number) {}
}
