import { ok } from "../../core/result.ts";
import type { Binding, BindingStore } from "./types.ts";

/** A store that ends with the process: for tests and for running without a database. */
export function createMemoryStore(): BindingStore {
  const table = new Map<string, readonly Binding[]>();
  const replace = (aor: string, bindings: readonly Binding[]): void => {
    if (bindings.length === 0) table.delete(aor);
    else table.set(aor, [...bindings]);
  };
  return {
    bindings: (aor) => table.get(aor) ?? [],
    replace(aor, bindings) {
      replace(aor, bindings);
      return ok(undefined);
    },
    all: () => [...table],
    removeExpired(wallNow) {
      let removed = 0;
      for (const [aor, bindings] of [...table]) {
        const kept = bindings.filter((binding) => binding.expiresAt > wallNow);
        removed += bindings.length - kept.length;
        replace(aor, kept);
      }
      return ok(removed);
    },
  };
}
