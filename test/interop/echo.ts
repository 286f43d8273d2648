import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { freeBlock } from "./free-block.ts";

/** The audio side of a callee: says back whatever RTP it hears, and counts it. */
export class Echo {
  readonly port: number;
  /** Packets that came. */
  received = 0;
  readonly #socket: Socket;

  private constructor(port: number, socket: Socket) {
    this.port = port;
    this.#socket = socket;
    socket.on("message", (packet, { port: source, address }) => {
      this.received++;
      socket.send(packet, source, address);
    });
  }

  static async open(): Promise<Echo> {
    const port = await freeBlock(2);
    const socket = createSocket("udp4").bind(port, "127.0.0.1");
    await once(socket, "listening");
    return new Echo(port, socket);
  }

  close(): void {
    this.#socket.close();
  }
}
