// The only place where text of the gateway becomes a view. Both are of one version and one commit
// (src/view), so its shape is taken on trust; what a page cannot draw, its error boundary tells.

export function readJson<View>(text: string): View {
  return JSON.parse(text) as View;
}

/** What an error handler was given, whatever it is. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
