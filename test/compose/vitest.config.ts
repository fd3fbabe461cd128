// The tests of the images and compose files, which need a container engine: `npm run test:compose`.
// They are no part of `npm test`.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    globalSetup: "setup.ts",
    fileParallelism: false,
    // The tests of a file tell one story: what comes after a failure would fail for that.
    bail: 1,
    // Whole failovers on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
