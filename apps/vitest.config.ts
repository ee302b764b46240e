import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // Tests run on the sources of the workspace, so that they need no build.
    alias: [
      {
        find: /^@payport\/([a-z-]+)\/(.*)$/u,
        replacement: fileURLToPath(new URL("packages/$1/src/$2", import.meta.url)),
      },
    ],
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "wallet/test/**/*.test.ts"],
    // Two workers are what the smallest machine this is built on has cores for.
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
