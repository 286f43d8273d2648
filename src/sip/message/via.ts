/**
 * Via values (RFC 3261 §20.42): the way a request came and its response goes back. White space is free around every separator.
 * The version is not kept: a request of another one is refused by its request line, and has to be answered.
 */
import { parseNumber, splitOutsideQuotes, trimLws } from "./grammar.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import type { Via } from "./message.ts";
import { formatParams, parseParams } from "./params.ts";

const PROTOCOL_AND_SENT_BY =
  /^SIP[ \t]*\/[ \t]*[0-9]+\.[0-9]+[ \t]*\/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)[ \t]*(?::[ \t]*([0-9]{1,5}))?$/i;

/** Reads one value: `SIP/2.0/UDP host:port;branch=...`. */
export function parseVia(text: string, limits: Limits = DEFAULT_LIMITS): Via | undefined {
  const semicolon = text.indexOf(";");
  const match = PROTOCOL_AND_SENT_BY.exec(trimLws(semicolon < 0 ? text : text.slice(0, semicolon)));
  if (match === null) return undefined;
  const params = parseParams(semicolon < 0 ? "" : text.slice(semicolon), limits);
  const port = match[3] === undefined ? undefined : parseNumber(match[3], 65_535);
  if (params === undefined || (match[3] !== undefined && port === undefined)) return undefined;
  const transport = (match[1] ?? "").toUpperCase();
  const host = match[2] ?? "";
  return port === undefined ? { transport, host, params } : { transport, host, port, params };
}

/** Reads a comma list of them, topmost first. */
export function parseVias(text: string, limits: Limits = DEFAULT_LIMITS): Via[] | undefined {
  const parts = text.includes(",") ? splitOutsideQuotes(text, ",") : [text];
  if (parts === undefined || parts.length > limits.listValues) return undefined;
  const vias: Via[] = [];
  for (const part of parts) {
    const via = parseVia(trimLws(part), limits);
    if (via === undefined) return undefined;
    vias.push(via);
  }
  return vias;
}

/** Writes one value. */
export function formatVia(via: Via): string {
  const sentBy = via.port === undefined ? via.host : `${via.host}:${via.port}`;
  return `SIP/2.0/${via.transport} ${sentBy}${formatParams(via.params)}`;
}
