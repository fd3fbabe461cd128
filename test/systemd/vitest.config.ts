// The tests of the units and of deploy/install, which need a container engine: `npm run
// test:systemd`. They are no part of `npm test`.

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
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
