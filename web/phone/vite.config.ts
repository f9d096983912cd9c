import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Files that shrink; pictures and what is smaller than a packet do not. */
const SHRINKS = /\.(html|js|css|svg|webmanifest)$/;
const SMALLEST = 1_000;

/** Writes each file beside itself as the server hands it out to browsers that unpack: `.br` and `.gz` (crates/phone/src/files.rs). */
function packed(): Plugin {
  let folder = "";
  return {
    name: "callport-packed",
    apply: "build",
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle: () => {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!SHRINKS.test(name)) continue;
        const path = join(folder, name);
        const content = readFileSync(path);
        if (content.length < SMALLEST) continue;
        const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: size }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

// Everything the page needs lives under /phone; the server sends `default-src 'none'`, so nothing may be inlined.
export default defineConfig({
  base: "/phone/",
  plugins: [packed()],
  build: {
    target: "es2022",
    // What knows light-dark() and :dir(): lowered, a direction would be guessed from the language.
    cssTarget: ["chrome123", "edge123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: "index.html", worker: "src/worker/worker.ts" },
      // A worker is known by its address: its name must stay.
      output: { entryFileNames: ({ name }) => (name === "worker" ? "worker.js" : "assets/[name]-[hash].js") },
    },
  },
  server: {
    // `npm run dev` beside a running `callport serve`.
    proxy: { "/phone/api": "http://127.0.0.1:8080", "/phone/socket": { target: "ws://127.0.0.1:8080", ws: true } },
  },
});
