import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/interop/**", "node_modules/**"],
    // Tests open real sockets and a media worker; two cores carry two files at a time without disturbing each other.
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
