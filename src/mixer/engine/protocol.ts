import type { Matrix, PortId } from "../matrix.ts";
import type { PortMedia, PortStatistics } from "./media-engine.ts";
import type { StreamIdentity } from "./port.ts";

/**
 * What the main thread and a media worker say to each other. Plain data, so that it crosses as it is. A question carries a
 * number and is answered once under that number; orders and news are not answered.
 */

/** The questions, each with its answer. */
export interface Exchange {
  /** Bind a pair and open the port on it. */
  readonly open: {
    readonly question: {
      readonly port: PortId;
      readonly call: string;
      readonly rtpPort: number;
      /** Report `silent` after so long, ms; 0 never. */
      readonly timeoutMs: number;
      /** Of a port that another host has surrendered. */
      readonly identity?: StreamIdentity;
    };
    readonly answer:
      | { readonly outcome: "opened"; readonly ssrc: number }
      | { readonly outcome: "in-use" }
      | { readonly outcome: "refused"; readonly detail: string };
  };
  /** Answered once the UDP ports are free. */
  readonly closePort: {
    readonly question: { readonly port: PortId };
    readonly answer: PortStatistics | undefined;
  };
  /** Close a port that another host opens again; answered once the UDP ports are free. */
  readonly surrender: {
    readonly question: { readonly port: PortId };
    readonly answer: StreamIdentity | undefined;
  };
  readonly statistics: {
    readonly question: { readonly port: PortId };
    readonly answer: PortStatistics | undefined;
  };
  /** Close every port. */
  readonly stop: { readonly question: object; readonly answer: undefined };
}

export type QuestionType = keyof Exchange;
export type Question = {
  [K in QuestionType]: { readonly type: K; readonly id: number } & Exchange[K]["question"];
}[QuestionType];
export type AnswerTo<K extends QuestionType> = Exchange[K]["answer"];

/** What is done without an answer, in the order given. */
export type Order =
  | { readonly type: "configure"; readonly port: PortId; readonly media: PortMedia }
  | { readonly type: "move"; readonly port: PortId; readonly call: string }
  | { readonly type: "matrix"; readonly call: string; readonly matrix: Matrix };

/** Main thread to worker. */
export type Down = Question | Order;

/** What a worker tells unasked. */
export type News =
  | { readonly type: "digit"; readonly port: PortId; readonly digit: string }
  | { readonly type: "silent"; readonly port: PortId };

/** Worker to main thread. */
export type Up =
  | { readonly type: "answer"; readonly id: number; readonly answer: AnswerTo<QuestionType> }
  | News;
