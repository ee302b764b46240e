import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

import workspace from "../vitest.config.js";

/** Where the port is while the wallet is developed: `payport demo --port 8080`. */
const PORT = process.env["PAYPORT_PORT"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/wallet/",
  // The sources of the workspace's packages, as in tests.
  ...(workspace.resolve === undefined ? {} : { resolve: workspace.resolve }),
  server: { proxy: { "/v1": PORT } },
  preview: { proxy: { "/v1": PORT } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy takes scripts and styles from files alone
    emptyOutDir: true,
    rolldownOptions: {
      onLog(level, log, handle) {
        // "use client" is for servers that render React; there is none here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") {
          handle(level, log);
        }
      },
    },
  },
  plugins: [
    VitePWA({
      registerType: "prompt",
      injectRegister: false,
      scope: "/wallet/",
      manifest: {
        id: "/wallet/",
        name: "Payport cloud flash payment",
        short_name: "Payport",
        description: "Pay with the cards of all your banks",
        lang: "zh-CN",
        start_url: "/wallet/",
        scope: "/wallet/",
        display: "standalone",
        orientation: "portrait",
        theme_color: "#0b5fc2",
        background_color: "#f3f5f8",
        icons: [
          { src: "icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
        ],
        shortcuts: [
          { name: "Scan 扫一扫", url: "/wallet/#/scan" },
          { name: "Pay code 付款码", url: "/wallet/#/pay-code" },
        ],
      },
      workbox: {
        // The whole app, the scanner's program with it: it has to work where there is no network.
        globPatterns: ["**/*.{js,css,html,wasm,svg,png}"],
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
        navigateFallback: "/wallet/index.html",
        navigateFallbackAllowlist: [/^\/wallet\//u],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
});
