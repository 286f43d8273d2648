import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { type Failure, failure } from "../../core/failure.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Path } from "./issue.ts";

/** A YAML file that knows on which line each of its keys stands. */
export interface YamlSource {
  readonly content: unknown;
  /** The line of a key or list item; of its nearest ancestor where it is not in the file. From 1. */
  lineOf(path: Path): number;
}

/** Parses YAML; every `config.syntax` failure names the file and line. An empty file is an empty map. */
export function parseYaml(text: string, file: string): Result<YamlSource, Failure[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return err(
      document.errors.map(({ pos, message }) =>
        failure("config.syntax", `${file}:${lines.linePos(pos[0]).line}: ${message}`),
      ),
    );
  }
  try {
    const content: unknown = document.toJS() ?? {};
    return ok({ content, lineOf: (path) => lines.linePos(offsetOf(document, path)).line });
  } catch (error) {
    // Too many aliases, or one that refers to nothing.
    const why = error instanceof Error ? error.message : String(error);
    return err([failure("config.syntax", `${file}: ${why}`)]);
  }
}

function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number") {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
