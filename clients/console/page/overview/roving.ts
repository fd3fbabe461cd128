// Where the focus goes in a grid of one tab stop: by arrows, Home and End.

/** The index to go to. Undefined: the key moves nothing. */
export function nextIndex(
  key: string,
  { index, count, columns }: { index: number; count: number; columns: number },
): number | undefined {
  const target = targetOf(key, { index, count, columns });
  if (target === undefined) return undefined;
  return target < 0 || target >= count ? index : target;
}

function targetOf(
  key: string,
  { index, count, columns }: { index: number; count: number; columns: number },
): number | undefined {
  switch (key) {
    case "ArrowRight":
      return index + 1;
    case "ArrowLeft":
      return index - 1;
    case "ArrowDown":
      return index + columns;
    case "ArrowUp":
      return index - columns;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
