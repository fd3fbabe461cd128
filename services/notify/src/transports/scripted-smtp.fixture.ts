// An SMTP server for tests that does what it is told: takes, refuses, defers, hangs or hangs up.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/**
 * What becomes of a message after its last byte: it is taken, refused with a code, left without an
 * answer, or the connection ends. `take_silently` takes it and leaves the answer out.
 */
export type DataScript = "take" | "take_silently" | "hang" | "drop" | number;

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

/** Who gets in. */
interface Login {
  readonly user: string;
  readonly password: string;
}

/** Listens on a free port. With `login`, only that user gets in. */
export async function openScriptedSmtp(first: Script = {}, login?: Login): Promise<ScriptedSmtp> {
  const play: Play = { script: first, begun: 0, connections: 0, taken: [] };
  const server = createServer(play, login);
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const address: AddressInfo | string | null = server.server.address();
  if (address === null || typeof address === "string") throw new Error("listens on no port");
  return {
    port: address.port,
    taken: play.taken,
    get begun() {
      return play.begun;
    },
    get connections() {
      return play.connections;
    },
    follow: (next) => {
      play.script = next;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What the server follows and what it has seen. */
interface Play {
  script: Script;
  begun: number;
  connections: number;
  readonly taken: TakenMail[];
}

function createServer(play: Play, login: Login | undefined): SMTPServer {
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
      play.connections += 1;
      if (play.script.isMute !== true) callback();
    },
    onMailFrom: (_address, _session, callback) => callback(toRefusal(play.script.sender?.())),
    onRcptTo: ({ address }, _session, callback) => {
      callback(toRefusal(play.script.recipient?.(address)));
    },
    onData: (stream, session, callback) => {
      play.begun += 1;
      const decision = play.script.data?.(play.begun) ?? "take";
      const recipients = session.envelope.rcptTo.map((each) => each.address);
      const end = (mail: ParsedMail) => {
        if (decision === "take" || decision === "take_silently") {
          play.taken.push({ recipients, mail });
        }
        if (decision === "take") callback(null, "taken");
        else if (typeof decision === "number") callback(toRefusal(decision));
        else if (decision === "drop") hangUp(server, session.id);
      };
      // A stream that breaks off is a client that was killed: nothing was taken.
      simpleParser(stream).then(end, () => undefined);
    },
  });
  return server;
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
