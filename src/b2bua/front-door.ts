import { ALLOW } from "../sip/dialog/capabilities.ts";
import type { OutOfDialogRequest, UserAgent } from "../sip/dialog/types.ts";
import type { Authenticate } from "./switchboard.ts";

/** Accepts a REGISTER of an authenticated user and answers it. */
export type Register = (received: OutOfDialogRequest, user: string) => void;

/** Answers what comes outside any dialog and is no INVITE: OPTIONS for everybody, REGISTER for users, nothing else. */
export function openFrontDoor(userAgent: UserAgent, authenticate: Authenticate, register: Register): void {
  userAgent.events.on("request", (received) => {
    switch (received.request.method) {
      case "OPTIONS":
        // A 200 says that we live (RFC 3261 §11.2); it tells nobody which extensions exist.
        received.respond(200);
        return;
      case "REGISTER": {
        const who = authenticate(received.request);
        if (who.ok) register(received, who.user);
        else received.respond(401, { headers: who.challenges });
        return;
      }
      default:
        // RFC 3261 §8.2.1: 405 says what is allowed.
        received.respond(405, { headers: [ALLOW] });
    }
  });
}
