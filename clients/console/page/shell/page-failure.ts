// What went wrong in the page itself. It is shown until the page is loaded again: a page that has
// failed in one place may be wrong in another.

import { signal } from "@preact/signals";

export const pageFailure = signal<string | undefined>(undefined);

addEventListener("error", ({ message }) => failPage(message));
addEventListener("unhandledrejection", ({ reason }) => failPage(reason));

function failPage(cause: unknown): void {
  pageFailure.value = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
