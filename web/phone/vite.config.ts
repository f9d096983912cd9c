import { defineConfig } from "vite";

// Everything the page needs lives under /phone; the server sends `default-src 'none'`, so nothing may be inlined.
export default defineConfig({
  base: "/phone/",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev` beside a running `callport serve`.
    proxy: { "/phone/api": "http://127.0.0.1:8080", "/phone/socket": { target: "ws://127.0.0.1:8080", ws: true } },
  },
});
