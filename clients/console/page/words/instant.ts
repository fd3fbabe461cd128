// Instants for people: the clock of the server that told them, in UTC, because servers and
// operators are where they are.

/** "18:41:07". */
export function printTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** "22 Nov 18:41". */
export function printDay(atMs: number): string {
  const [, day = "", month = ""] = new Date(atMs).toUTCString().split(" ");
  return `${Number(day)} ${month} ${printTime(atMs).slice(0, 5)}`;
}

/** "2026-11-22 18:41:07Z"; "never" for none. */
export function printInstant(atMs: number | undefined): string {
  if (atMs === undefined) return "never";
  return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** For the datetime attribute of an element. */
export function isoInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
