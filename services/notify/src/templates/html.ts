// HTML with every value escaped: a template literal whose holes are text unless they are HTML
// already.

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A piece of finished HTML. */
export interface Html {
  readonly html: string;
}

/** Holes that are strings are escaped; pieces and lists of pieces go in as they are. */
export function markup(
  parts: TemplateStringsArray,
  ...holes: readonly (string | Html | readonly Html[])[]
): Html {
  const filled = parts.map((part, index) => part + fill(holes[index] ?? ""));
  return { html: filled.join("") };
}

function fill(hole: string | Html | readonly Html[]): string {
  if (typeof hole === "string") return escapeHtml(hole);
  return "html" in hole ? hole.html : hole.map((each) => each.html).join("");
}
