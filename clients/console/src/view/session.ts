// Who looks at the page, and what they may do.

export type Role = "operator" | "reader";

export interface SessionView {
  /** Undefined: nobody has signed in; then only /api/session and sign-in answer. */
  readonly person: PersonView | undefined;
  /** The gateway's own version. */
  readonly version: string;
  /** How one can sign in here. */
  readonly ways: readonly ("token" | "certificate")[];
}

export interface PersonView {
  /** Name under which actions go into the history. */
  readonly name: string;
  readonly role: Role;
  /** "anonymous": nobody signed in, and looking is allowed from this machine. */
  readonly by: "token" | "certificate" | "anonymous";
  /** When the session ends, milliseconds since 1970 by the gateway. Undefined: it does not. */
  readonly untilAtMs: number | undefined;
}
