import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { TlsFiles } from "./types.ts";

/** PEM texts, as `node:tls` takes them. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** Reads and tries a certificate and its key; `config.certificate` names the path and the reason. */
export async function readCredentials(files: TlsFiles): Promise<Result<Credentials, Failure>> {
  const cert = await readPem(files.certificate);
  if (!cert.ok) return cert;
  const key = await readPem(files.key);
  if (!key.ok) return key;
  const ca = files.authorities === undefined ? undefined : await readPem(files.authorities);
  if (ca?.ok === false) return ca;
  const pair = { cert: cert.value, key: key.value };
  try {
    createSecureContext(pair);
  } catch (error) {
    const where = `${files.certificate} with ${files.key}`;
    return err(failure("config.certificate", `${where} (${reasonOf(error)})`));
  }
  return ok(ca === undefined ? pair : { ...pair, ca: ca.value });
}

async function readPem(path: string): Promise<Result<string, Failure>> {
  try {
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    return err(failure("config.certificate", `${path} (${reasonOf(error)})`));
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
}
