import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const LOWEST = 10_000;
/** Below the media ports of the test kit's server, and those that the kernel hands out to outgoing connections. */
const HIGHEST = 30_000;

/** Blocks of this process that were handed out and are perhaps not yet listened on. */
const taken: { readonly start: number; readonly size: number }[] = [];

/** The first of `size` neighbouring ports, an even one, that are free for UDP and TCP on 127.0.0.1. */
export async function freeBlock(size: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const start = LOWEST + 2 * Math.floor((Math.random() * (HIGHEST - LOWEST - size)) / 2);
    const overlaps = taken.some((block) => start < block.start + block.size && block.start < start + size);
    if (overlaps || !(await isFree(start, size))) continue;
    taken.push({ start, size });
    return start;
  }
  throw new Error(`no ${size} free ports beside each other`);
}

/** Whether nobody listens on any of these ports, neither by UDP nor by TCP. */
export async function isFree(start: number, size = 1): Promise<boolean> {
  const ports = Array.from({ length: size }, (_, i) => start + i);
  const free = await Promise.all(ports.flatMap((port) => [isFreeForUdp(port), isFreeForTcp(port)]));
  return free.every(Boolean);
}

async function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  return once(socket, "listening").then(
    () => new Promise((resolve) => socket.close(() => resolve(true))),
    () => false,
  );
}

async function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  return once(server, "listening").then(
    () => new Promise((resolve) => server.close(() => resolve(true))),
    () => false,
  );
}
