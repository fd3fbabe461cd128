// Instants as people read them in a mail.

/** "2026-11-22T14:03:07.123Z" to "2026-11-22 14:03:07 UTC"; what is no instant stays as it is. */
export function printTime(time: string): string {
  const instant = new Date(time);
  if (time === "" || Number.isNaN(instant.getTime())) return time;
  return `${instant.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
