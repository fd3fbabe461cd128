// An SMTP server for tests that does what it is told: takes, refuses, defers, hangs or hangs up.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** What becomes of a message after its last byte: `drop_after_taking` keeps it and says nothing. */
export type DataScript = "take" | "hang" | "drop" | "drop_after_taking" | number;

/** What a script may decide; whatever is left out is taken. */
export interface Script {
  /** Reply code for a sender or a recipient. */
  readonly sender?: () => number | undefined;
  readonly recipient?: (address: string) => number | undefined;
  /** `count`: messages begun so far, from 1. */
  readonly data?: (count: number) => DataScript;
  /** Hangs before the greeting. */
  readonly isMute?: boolean;
}

/** A message that the server has taken. */
export interface TakenMail {
  readonly recipients: readonly string[];
  readonly mail: ParsedMail;
}

/** A listening server. */
export interface ScriptedSmtp extends AsyncDisposable {
  readonly port: number;
  readonly taken: readonly TakenMail[];
  /** Messages begun, whatever became of them. */
  readonly begun: number;
  /** Connections opened so far. */
  readonly connections: number;
  follow(script: Script): void;
}

/** Listens on a free port. With `login`, only that user gets in. */
export async function openScriptedSmtp(
  first: Script = {},
  login?: { readonly user: string; readonly password: string },
): Promise<ScriptedSmtp> {
  const taken: TakenMail[] = [];
  let script = first;
  let begun = 0;
  let connections = 0;
  const server: SMTPServer = new SMTPServer({
    authOptional: login === undefined,
    allowInsecureAuth: true,
    closeTimeout: 1,
    logger: false,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === login?.user && password === login?.password) callback(null, { user: "1" });
      // A careless server that repeats what it was given.
      else callback(refusal(535, `no such login: ${username} ${password}`));
    },
    onConnect: (_session, callback) => {
      connections += 1;
      if (script.isMute !== true) callback();
    },
    onMailFrom: (_address, _session, callback) => callback(toRefusal(script.sender?.())),
    onRcptTo: ({ address }, _session, callback) => {
      callback(toRefusal(script.recipient?.(address)));
    },
    onData: (stream, session, callback) => {
      begun += 1;
      const decision = script.data?.(begun) ?? "take";
      const recipients = session.envelope.rcptTo.map((each) => each.address);
      const read = simpleParser(stream).then((mail) => {
        if (decision === "take" || decision === "drop_after_taking")
          taken.push({ recipients, mail });
        if (decision === "take") callback(null, "taken");
        else if (typeof decision === "number") callback(toRefusal(decision));
        else if (decision !== "hang") hangUp(server, session.id);
      });
      read.catch(() => undefined);
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const address: AddressInfo | string | null = server.server.address();
  if (address === null || typeof address === "string") throw new Error("listens on no port");
  return {
    port: address.port,
    taken,
    get begun() {
      return begun;
    },
    get connections() {
      return connections;
    },
    follow: (next) => {
      script = next;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function hangUp(server: SMTPServer, sessionId: string): void {
  for (const connection of server.connections) {
    if (connection.session.id === sessionId) connection.close();
  }
}

function toRefusal(code: number | undefined): Error | undefined {
  return code === undefined ? undefined : refusal(code, `scripted ${code}`);
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
