import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts"],
    // Two workers are what the smallest machine this is built on has cores for.
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
