import type { Failure } from "../../src/core/failure.ts";
import { responseTo } from "../../src/sip/message/build.ts";
import type { SipRequest, SipResponse } from "../../src/sip/message/message.ts";
import { createTransactionLayer } from "../../src/sip/transaction/transaction-layer.ts";
import type {
  ClientTransaction,
  ServerTransaction,
  TransactionLayer,
} from "../../src/sip/transaction/types.ts";
import type { ListenPoint } from "../../src/sip/transport/types.ts";
import { LoopNetwork, type LoopTransport } from "./loop-transport.ts";
import { ManualClock } from "./manual-clock.ts";

/** 64*T1. */
export const TIMEOUT_MS = 32_000;
export const T4_MS = 5_000;

/** One side: its transport, its layer, and all that the layer told its user. */
export interface Side {
  readonly transport: LoopTransport;
  readonly layer: TransactionLayer;
  readonly requests: ServerTransaction[];
  readonly acks: SipRequest[];
  readonly strays: SipResponse[];
  readonly responses: number[];
  readonly failures: Failure[];
  /** Sends a request to the other side, noting what becomes of it. */
  request(request: SipRequest, to: Side): ClientTransaction;
}

/** Two sides that reach each other; the second answers every request as `answer` says. */
export function transactionPair(
  transport: ListenPoint["transport"] = "udp",
  answer: (transaction: ServerTransaction) => void = () => {},
) {
  const clock = new ManualClock();
  const network = new LoopNetwork(clock);
  let token = 0;
  const side = (onRequest: (transaction: ServerTransaction) => void, maxTransactions?: number): Side => {
    const opened = network.open({ transport });
    const told = {
      requests: [] as ServerTransaction[],
      acks: [] as SipRequest[],
      strays: [] as SipResponse[],
      responses: [] as number[],
      failures: [] as Failure[],
    };
    const layer = createTransactionLayer({
      transport: opened,
      clock,
      random: () => `token${++token}`,
      user: {
        onRequest(transaction) {
          told.requests.push(transaction);
          transaction.onFailure((failure) => told.failures.push(failure));
          onRequest(transaction);
        },
        onAck: (ack) => told.acks.push(ack),
        onStrayResponse: (response) => told.strays.push(response),
      },
      ...(maxTransactions === undefined ? {} : { maxTransactions }),
    });
    return {
      transport: opened,
      layer,
      ...told,
      request: (request, to) =>
        layer.request(request, to.transport.destination, {
          response: (response) => told.responses.push(response.status),
          failed: (failure) => told.failures.push(failure),
        }),
    };
  };
  return { clock, client: side(() => {}), server: side(answer), side };
}

/** Answers every request with this status, tagged "bob1". */
export const answering = (status: number) => (transaction: ServerTransaction) =>
  transaction.respond(responseTo(transaction.request, status, { toTag: "bob1" }));

/** When a side sent this: a method, or a status. */
export const times = (side: Side, what: string) =>
  side.transport.sent
    .filter(({ message }) => (message.type === "request" ? message.method : String(message.status)) === what)
    .map(({ atMs }) => atMs);
