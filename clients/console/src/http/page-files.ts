// The files of the built page, read once. Names with a hash of their content never change, so that
// browsers keep them; the others are asked for anew, and are not sent again if they are the same.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.ts";

interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly isImmutable: boolean;
}

/** The files by their paths, such as "/assets/main-1a2b3c4d.js". */
export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};

/** Reads every file of a folder. Empty where there is none: the page has not been built. */
export function readPageFiles(folder: string): PageFiles {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile() && extname(entry.name) in types)
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const name = `/${relative(folder, path).split(sep).join("/")}`;
        return [name, toPageFile(name, readFileSync(path))];
      }),
  );
}

function toPageFile(name: string, content: Buffer): PageFile {
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  return {
    body: Uint8Array.from(content),
    type: types[extname(name)] ?? "application/octet-stream",
    etag: `"${hash}"`,
    // Vite puts there what has its hash in its name.
    isImmutable: name.startsWith("/assets/"),
  };
}

const notBuilt =
  "The page of the console has not been built.\n" +
  "Build it: npx vite build --config clients/console/vite.config.ts\n";

/** Answers GET for files of the page; "/" is its beginning. */
export function servePage(files: PageFiles): MiddlewareHandler<Env> {
  return async (asked, next) => {
    const { method, path } = asked.req;
    if (method !== "GET" && method !== "HEAD") return next();
    const file = files.get(path === "/" ? "/index.html" : path);
    if (file === undefined) {
      if (path !== "/") return next();
      return asked.text(notBuilt, 503);
    }
    const headers = {
      "content-type": file.type,
      etag: file.etag,
      "cache-control": file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    };
    if (asked.req.header("if-none-match") === file.etag) return asked.body(null, 304, headers);
    return asked.body(file.body, 200, headers);
  };
}
