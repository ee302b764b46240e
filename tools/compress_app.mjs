// Write a brotli and a gzip form beside each file of a built app that becomes smaller by it: compress_app.mjs FOLDER.
// The port sends these as they are, and has neither the time nor, for brotli, the means to make them itself.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const ENDINGS = new Set([".css", ".html", ".ico", ".js", ".json", ".map", ".svg", ".txt", ".wasm", ".webmanifest"]);

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write("usage: compress_app.mjs FOLDER\n");
  process.exit(2);
}

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !ENDINGS.has(extname(entry.name))) {
    continue;
  }
  const path = join(entry.parentPath, entry.name);
  const content = readFileSync(path);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const forms = {
    ".br": brotliCompressSync(content, { params: { ...quality, ...size } }),
    ".gz": gzipSync(content, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [ending, form] of Object.entries(forms)) {
    if (form.length < content.length) {
      writeFileSync(path + ending, form);
    }
  }
}
