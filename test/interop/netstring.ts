/** Netstrings, "5:hello,": how baresip's control connection tells messages apart. */
export function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}

/** Collects bytes and returns the netstrings that are complete. */
export class NetstringReader {
  #rest = Buffer.alloc(0);

  read(bytes: Uint8Array): string[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const complete: string[] = [];
    for (;;) {
      const colon = this.#rest.indexOf(":");
      if (colon < 0) return complete;
      const end = colon + 1 + Number(this.#rest.toString("latin1", 0, colon));
      if (Number.isNaN(end)) throw new Error(`no netstring: ${this.#rest.toString("latin1", 0, 40)}`);
      if (this.#rest.length <= end) return complete;
      complete.push(this.#rest.toString("utf8", colon + 1, end));
      this.#rest = this.#rest.subarray(end + 1);
    }
  }
}
