/**
 * What the server is compared with: the least that a Node process can do for so many supervised calls. It receives and
 * sends as many packets from as many sockets, and neither looks into them nor changes them.
 */
import { createSocket, type Socket } from "node:dgram";
import { answerFor } from "./protocol.ts";

const ADDRESS = "127.0.0.1";

function bind(): Promise<Socket> {
  // The default would ask the resolver about every packet's address.
  const lookup = (host: string, _: unknown, done: (error: null, address: string, family: number) => void) =>
    done(null, host, 4);
  const socket = createSocket({ type: "udp4", lookup });
  return new Promise((resolve) => socket.bind(0, ADDRESS, () => resolve(socket)));
}

/** Agent and customer get each other's packets, the supervisor the agent's. Each leg's port is learned from its packets. */
async function forwardCall(): Promise<Socket[]> {
  const [agent, customer, supervisor] = await Promise.all([bind(), bind(), bind()]);
  const ports = { agent: 0, customer: 0, supervisor: 0 };
  const forward = (packet: Buffer, socket: Socket, port: number): void => {
    if (port > 0) socket.send(packet, 0, packet.length, port, ADDRESS);
  };
  agent.on("message", (packet, { port }) => {
    ports.agent = port;
    forward(packet, customer, ports.customer);
    forward(packet, supervisor, ports.supervisor);
  });
  customer.on("message", (packet, { port }) => {
    ports.customer = port;
    forward(packet, agent, ports.agent);
  });
  supervisor.on("message", (_packet, { port }) => {
    ports.supervisor = port;
  });
  return [agent, customer, supervisor];
}

const calls = Number(process.argv[2]);
const sockets = (await Promise.all(Array.from({ length: calls }, forwardCall))).flat();
answerFor(
  sockets.map((socket) => `udp://${ADDRESS}:${socket.address().port}`),
  async () => {
    for (const socket of sockets) socket.close();
  },
);
