// Stands in for grpcurl where it is not installed: turns its words into those of `buf curl`, which
// makes the call. Knows the words that docs/grpcurl.md uses, and refuses all others.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const buf = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));

const words = bufWords(process.argv.slice(2));
const child = spawn(process.execPath, [buf, "curl", "--protocol", "grpc", ...words], {
  stdio: ["ignore", "inherit", "inherit"],
});
child.once("exit", (code) => {
  process.exitCode = code ?? 1;
});

function bufWords(given: readonly string[]): string[] {
  const { values, positionals } = parseArgs({
    // grpcurl begins long words with one dash, too.
    args: given.map((word) => (/^-[a-z]{2,}$/.test(word) ? `-${word}` : word)),
    options: {
      plaintext: { type: "boolean", default: false },
      cacert: { type: "string" },
      cert: { type: "string" },
      key: { type: "string" },
      data: { type: "string", short: "d" },
    },
    allowPositionals: true,
  });
  const { plaintext, cacert, cert, key, data = "{}" } = values;
  const files = Object.entries({ cacert, cert, key });
  const secure = files.flatMap(([name, file]) => (file === undefined ? [] : [`--${name}`, file]));
  const way = plaintext ? ["--http2-prior-knowledge"] : secure;
  const [address = "", what = "", symbol] = positionals;
  const url = `${plaintext ? "http" : "https"}://${address}`;
  if (what === "list") return [...way, "--list-services", url];
  // What comes nearest: the methods, by the same reflection.
  if (what === "describe" && symbol !== undefined) return [...way, "--list-methods", url];
  return [...way, "--data", data, `${url}/${what}`];
}
