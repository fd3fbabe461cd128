// Who asked for something.

/** A person or a program, and why it was asked for. */
export interface ActorView {
  readonly name: string;
  readonly reason: string;
}
