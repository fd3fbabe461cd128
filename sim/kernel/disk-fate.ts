// Disks that are full, and crashes at the worst instants: just before a write is durable, and just
// after it, before what it decided is done.

export type WriteFate = "written" | "lost_in_crash" | "crash_after";

/** Decides how the writes of one process end. */
export class DiskFate {
  /** Nothing can be written, and nothing else happens. A restart does not change that. */
  isFull = false;
  #doom: { writesLeft: number; fate: WriteFate; crash: () => void } | undefined;

  /** The process dies in the `writes`-th write from now on. */
  doom(writes: number, fate: "lost_in_crash" | "crash_after", crash: () => void): void {
    this.#doom = { writesLeft: writes, fate, crash };
  }

  clear(): void {
    this.#doom = undefined;
  }

  /** Writes, or does not. False: what would follow must not happen; the process may be gone. */
  write(store: () => void): boolean {
    if (this.isFull) return false;
    const doom = this.#doom;
    if (doom === undefined || (doom.writesLeft -= 1) > 0) {
      store();
      return true;
    }
    this.#doom = undefined;
    if (doom.fate === "crash_after") store();
    doom.crash();
    return false;
  }
}
