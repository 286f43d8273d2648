import { type Clock, systemClock } from "../../core/clock.ts";
import { Engine } from "./engine.ts";
import { Host } from "./host.ts";
import type { Channel } from "./link.ts";
import type { EngineOptions, MediaEngine } from "./media-engine.ts";

/** A media engine in this very thread, with real sockets: for tests, and for tools with a handful of legs. */
export function createLocalEngine(
  options: EngineOptions,
  clock: Clock = systemClock(),
  random: () => number = Math.random,
): MediaEngine {
  return new Engine([localChannel(options, clock, random)], options, clock, random);
}

function localChannel(options: EngineOptions, clock: Clock, random: () => number): Channel {
  let end = (_cause: string) => {};
  let host: Host | undefined;
  return {
    connect(onMessage, onEnd) {
      end = onEnd;
      host = new Host({ bindAddress: options.bindAddress, clock, random, tell: onMessage });
    },
    post: (message) => host?.receive(message),
    close: async () => end("closed"),
  };
}
