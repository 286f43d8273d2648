/**
 * Puts together what the user wants to say, what we say of ourselves, and what the protocol demands, into whole messages.
 * Pure. A field that the user gives replaces ours of the same name.
 */
import { type ResponseParts, responseTo } from "../message/build.ts";
import type { HeaderField, NameAddr, SipRequest, SipResponse } from "../message/message.ts";
import { parseNameAddrs } from "../message/name-addr.ts";
import { requestCapabilities, responseCapabilities } from "./capabilities.ts";
import type { RequestParts } from "./dialog.ts";
import type { Content } from "./types.ts";

/** Who answers or asks: the product's name and the Contact at which we are reached. */
export interface Speaker {
  readonly product: string;
  readonly contact: NameAddr;
}

/** The response to `request`. A 101-299 to INVITE carries our Contact, any other only one that `content` brings. */
export function answerTo(
  request: SipRequest,
  status: number,
  toTag: string,
  speaker: Speaker,
  content: Content = {},
): SipResponse {
  const given = split(content.headers);
  const own = request.method === "INVITE" && status < 300 ? [speaker.contact] : [];
  const parts: ResponseParts = {
    toTag,
    contact: given.contact.length > 0 ? given.contact : own,
    headers: merged(responseCapabilities(request.method, status, speaker.product), given.others),
    ...(content.reason === undefined ? {} : { reason: content.reason }),
    ...(content.body === undefined ? {} : { body: content.body }),
  };
  return responseTo(request, status, parts);
}

/** What a request of ours carries. Contact stands where a peer may learn our target from it (RFC 3261 §12.1.1, §12.2.1.1). */
export function requestParts(method: string, speaker: Speaker, content: Content = {}): RequestParts {
  const given = split(content.headers);
  return {
    ...(method === "INVITE" ? { contact: speaker.contact } : {}),
    headers: merged(requestCapabilities(method, speaker.product), given.others),
    ...(content.body === undefined ? {} : { body: content.body }),
  };
}

/** Contact is a structured field of a message: it may not stand among the others. */
function split(headers: readonly HeaderField[] = []): {
  readonly contact: readonly NameAddr[];
  readonly others: readonly HeaderField[];
} {
  return {
    contact: headers.flatMap(({ name, value }) => (name === "Contact" ? (parseNameAddrs(value) ?? []) : [])),
    others: headers.filter(({ name }) => name !== "Contact"),
  };
}

function merged(own: readonly HeaderField[], given: readonly HeaderField[]): readonly HeaderField[] {
  return [...own.filter(({ name }) => !given.some((field) => field.name === name)), ...given];
}
