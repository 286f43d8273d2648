/** Upper bounds on what a peer may send. Every size that a peer chooses has one here, so that no message costs more than it should. */
export interface Limits {
  /** Octets of a whole message, body included. */
  readonly message: number;
  /** Header fields, after unfolding, before comma lists are split. */
  readonly headers: number;
  /** Characters of one header field, unfolded. */
  readonly headerLine: number;
  /** Characters of the Request-URI. */
  readonly requestUri: number;
  /** Values in one Via, Route, Record-Route or Contact list, all its fields taken together. */
  readonly listValues: number;
  /** Parameters behind one value or URI. */
  readonly params: number;
}

/** Generous beside what phones and trunks send (RFC 4475's longest message is 3.5 KB), small beside what hurts. */
export const DEFAULT_LIMITS: Limits = {
  message: 65_536,
  headers: 256,
  headerLine: 8_192,
  requestUri: 2_048,
  listValues: 70,
  params: 64,
};
