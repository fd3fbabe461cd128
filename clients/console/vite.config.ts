// How the page becomes the files that the gateway serves:
// `vite build --config clients/console/vite.config.ts`.

import { defineConfig } from "vite";

export default defineConfig({
  root: `${import.meta.dirname}/page`,
  // Deep links live behind the "#", so every path of a file may be relative.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    // Small files as data: addresses would only need more room in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
  },
});
