import { hash } from "node:crypto";
import type { Algorithm, Hash } from "./digest.ts";

const NAMES: Readonly<Record<Algorithm, string>> = { "SHA-256": "sha256", MD5: "md5" };

/** The digest algorithms as `node:crypto` has them. */
export const nodeHash: Hash = (algorithm, text) => hash(NAMES[algorithm], text, "hex");
