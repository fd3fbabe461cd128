// Catches what a page throws while it is drawn, so that the rest stands and says so.

import { messageOf } from "../gateway/convert.ts";
import { useErrorBoundary } from "preact/hooks";
import type { ComponentChildren } from "preact";

export function ErrorBoundary({ children }: { readonly children: ComponentChildren }) {
  const boundary: readonly [unknown, () => void] = useErrorBoundary();
  const [error, again] = boundary;
  if (error === undefined) return <>{children}</>;
  return (
    <div class="failure" role="alert">
      <h1>This page has failed, not your servers</h1>
      <p>
        It cannot be drawn: <code>{messageOf(error)}</code>
      </p>
      <p>Nothing of this reached a server. `npx hot-backup status` tells the same in words.</p>
      <p>
        <button type="button" onClick={again}>
          Draw it again
        </button>{" "}
        <button type="button" onClick={() => location.reload()}>
          Load it again
        </button>
      </p>
    </div>
  );
}
