// What every answer tells a browser not to do.

import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.ts";

/** The page runs its own scripts and styles, talks to this gateway, and is shown in no frame. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  // The HTML of a mail, which comes with a policy of its own.
  "frame-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

const always: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
};

/** A year, as long as browsers keep to HTTPS once they have seen it. */
const transportSecurity = "max-age=31536000";

/** Adds them to every answer; what a handler has said of its own stays. */
export function secureHeaders({ isHttps }: { isHttps: boolean }): MiddlewareHandler<Env> {
  return async (asked, next) => {
    await next();
    const { headers } = asked.res;
    for (const [name, value] of Object.entries(always)) {
      if (!headers.has(name)) headers.set(name, value);
    }
    if (isHttps) headers.set("strict-transport-security", transportSecurity);
    // Facts grow old at once; only files of the page may be kept.
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  };
}
