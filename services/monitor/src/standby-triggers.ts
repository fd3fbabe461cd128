// What makes a look at standby readiness worth while before its time: a target that answers again,
// a channel that is deployed anew or fails there, and a server whose own definitions change.

import type { TargetObservation } from "./ports.ts";

export class StandbyTriggers {
  /** What each channel of each target told last. */
  readonly #targets = new Map<string, Map<string, string>>();
  /** What each server told of its channels last. */
  readonly #servers = new Map<string, string>();

  /** Whether a start on the target may fare differently now. */
  seeTarget({ target, channels, isSnapshot }: TargetObservation): boolean {
    const known = this.#targets.get(target) ?? new Map<string, string>();
    if (isSnapshot) known.clear();
    let isNew = isSnapshot;
    for (const { name, digest, activity } of channels) {
      const told = activity === "FAILED" ? activity : digest;
      isNew ||= known.get(name) !== told;
      known.set(name, told);
    }
    this.#targets.set(target, known);
    return isNew;
  }

  /** Whether the definitions of a server are others than before. */
  seeServer(
    serverId: string,
    channels: readonly { readonly name: string; readonly digest: string }[],
  ): boolean {
    const told = channels.map(({ name, digest }) => `${name} ${digest}`).join("\n");
    const isNew = (this.#servers.get(serverId) ?? "") !== told;
    this.#servers.set(serverId, told);
    return isNew;
  }
}
