import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

import workspace from "../../../vitest.config.js";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  ...(workspace.resolve === undefined ? {} : { resolve: workspace.resolve }),
  build: {
    outDir: fileURLToPath(new URL("../.build/gallery", import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
  },
});
