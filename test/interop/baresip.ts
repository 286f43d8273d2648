import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/phone/until.ts";
import { freeBlock } from "./free-block.ts";
import { NetstringReader, netstring } from "./netstring.ts";
import { Program } from "./program.ts";
import { RATE_HZ, readWav, samplesIn, writeWav } from "./wav.ts";

const MODULES = "/usr/lib/baresip/modules";
const TONE_AMPLITUDE = 8_000;
/** Longer than any test: at its end the phone would fall silent. */
const TONE_SECONDS = 60;
const EVENT_TIMEOUT_MS = 10_000;

export interface BaresipOptions {
  readonly extension: string;
  readonly password: string;
  /** Port of the server on 127.0.0.1. */
  readonly server: number;
  /** What it says into every call, Hz. */
  readonly tone: number;
  /**
   * Which address its SDP gives for its audio, which always comes from loopback: that one, or the first that is not, as a
   * phone does that knows nothing of the network between. Without such an address it does not start.
   */
  readonly advertises?: "loopback" | "another";
}

/** What the phone tells of itself: "REGISTER_OK", "CALL_ESTABLISHED", "CALL_CLOSED", ... */
export interface BaresipEvent {
  readonly type: string;
  /** Depends on the type: the reason of an end, for instance "403 Forbidden". */
  readonly param?: string;
}

/**
 * One real baresip phone: speaks SIP by UDP on loopback, plays a tone into its calls and records what it hears before
 * anything but the codec has touched it.
 */
export class Baresip {
  readonly extension: string;
  readonly #options: BaresipOptions;
  readonly #folder: string;
  readonly #program: Program;
  readonly #control: Socket;
  readonly #events: BaresipEvent[] = [];

  private constructor(options: BaresipOptions, folder: string, program: Program, control: Socket) {
    this.extension = options.extension;
    this.#options = options;
    this.#folder = folder;
    this.#program = program;
    this.#control = control;
    const reader = new NetstringReader();
    control.on("data", (bytes: Uint8Array) => {
      for (const text of reader.read(bytes)) {
        const message: { event?: boolean } & BaresipEvent = JSON.parse(text);
        if (message.event) this.#events.push(message);
      }
    });
    // Its end is told by the program, which the test ends itself.
    control.on("error", () => undefined);
  }

  /** Starts a phone and connects to its control port; it does not register yet. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    // baresip takes the port after its SIP port too, for TLS.
    const sip = await freeBlock(24);
    const controlPort = sip + 2;
    const folder = mkdtempSync(join(tmpdir(), `baresip-${options.extension}-`));
    mkdirSync(join(folder, "recorded"));
    writeFileSync(join(folder, "tone.wav"), writeWav(toneSamples(options.tone)));
    writeFileSync(join(folder, "accounts"), "");
    writeFileSync(join(folder, "config"), configuration(folder, sip, controlPort, options.advertises));
    const program = new Program("baresip", ["-f", folder]);
    await program.prints(/baresip is ready/);
    const control = connect(controlPort, "127.0.0.1");
    await once(control, "connect");
    return new Baresip(options, folder, program, control);
  }

  /** Registers with the server by digest; resolves once the server has said 200. */
  async register(): Promise<void> {
    const { extension, password, server } = this.#options;
    const account = `<sip:${extension}@127.0.0.1:${server};transport=udp>;auth_pass=${password};regint=60`;
    this.#command("uanew", `${account};audio_codecs=PCMU,PCMA;answermode=auto`);
    await this.event("REGISTER_OK");
  }

  /** Calls what a person would dial. */
  dial(number: string): void {
    this.#command("dial", `sip:${number}@127.0.0.1:${this.#options.server}`);
  }

  /** Presses and releases a key during a call, by RFC 4733: this version knows no other way. */
  press(key: string): void {
    this.#command("sndcode", key);
  }

  /** Puts the other side on hold: from then on it neither plays nor records, and this version stays deaf after a resume. */
  hold(): void {
    this.#command("hold");
  }

  hangUp(): void {
    this.#command("hangup");
  }

  /** Takes the next event of a type, already told or yet to come; events told before it are dropped. */
  async event(type: string): Promise<BaresipEvent> {
    const position = () => this.#events.findIndex((event) => event.type === type);
    await until(`${type} of ${this.extension}`, () => position() >= 0, EVENT_TIMEOUT_MS).catch(
      (error: Error) => {
        const told = this.#events.map((event) => `${event.type} ${event.param ?? ""}`).join("\n");
        throw new Error(`${error.message}; it told instead:\n${told}\n${this.#program.output}`);
      },
    );
    const event = this.#events[position()];
    if (event === undefined) throw new Error(`${type} was taken by another`);
    this.#events.splice(0, position() + 1);
    return event;
  }

  /** How many samples of its last call it has recorded so far. */
  get recordedSamples(): number {
    const file = this.#recording("dec");
    return file === undefined ? 0 : samplesIn(statSync(file).size);
  }

  /** What it heard in its last call, at 8 kHz, from the first packet on. */
  heard(): Int16Array {
    return this.#samples("dec");
  }

  /** What it said in its last call, at 8 kHz, as it gave it to its encoder. */
  said(): Int16Array {
    return this.#samples("enc");
  }

  /** Ends it and removes its files. It says no goodbye: that would wait for the server, which may have ended before it. */
  async stop(): Promise<void> {
    this.#control.destroy();
    await this.#program.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #samples(side: "dec" | "enc"): Int16Array {
    const file = this.#recording(side);
    return file === undefined ? new Int16Array(0) : readWav(readFileSync(file));
  }

  /** The file of the last call's decoder or encoder; its name carries the time to the second. */
  #recording(side: "dec" | "enc"): string | undefined {
    const folder = join(this.#folder, "recorded");
    const name = readdirSync(folder)
      .filter((file) => file.endsWith(`-${side}.wav`))
      .toSorted()
      .at(-1);
    return name === undefined ? undefined : join(folder, name);
  }

  #command(command: string, params?: string): void {
    this.#control.write(netstring(JSON.stringify({ command, params })));
  }
}

function toneSamples(hz: number): Int16Array {
  return Int16Array.from({ length: TONE_SECONDS * RATE_HZ }, (_, i) =>
    Math.round(TONE_AMPLITUDE * Math.sin((2 * Math.PI * hz * i) / RATE_HZ)),
  );
}

function configuration(
  folder: string,
  sip: number,
  control: number,
  advertises: BaresipOptions["advertises"] = "loopback",
): string {
  return `${advertises === "loopback" ? "net_interface 127.0.0.1" : ""}
sip_listen 127.0.0.1:${sip}
rtp_ports ${sip + 4}-${sip + 22}
module_path ${MODULES}
module g711.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${control}
statmode_default off
audio_source aufile,${join(folder, "tone.wav")}
snd_path ${join(folder, "recorded")}
`;
}
