// The address of an SMTP server as operators write it: smtp://[user:password@]host[:port], or
// smtps:// for TLS from the first byte. Messages never repeat the text, because it may hold a
// password.

/** Where the SMTP server is, and as whom to log in. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** `password` is empty when only a user was given. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

export type SmtpUrlResult =
  | { readonly isValid: true; readonly value: SmtpServer }
  | { readonly isValid: false; readonly because: string };

/** RFC 6409 and RFC 8314: ports of message submission. */
const submissionPort = 587;
const submissionsPort = 465;

/** Takes a URL apart; user and password are percent-decoded. */
export function parseSmtpUrl(text: string): SmtpUrlResult {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "smtp:" && url.protocol !== "smtps:")) {
    return refuse("must be smtp://[user:password@]host[:port] or smtps://…");
  }
  if (url.hostname === "" || url.port === "0") return refuse("must name a host and a port over 0");
  if ((url.pathname !== "" && url.pathname !== "/") || url.search !== "" || url.hash !== "") {
    return refuse("must end after the port");
  }
  const login = readLogin(url);
  if (login === "undecodable") return refuse("must hold user and password percent-encoded");
  if (login?.user === "") return refuse("must hold a user where it holds a password");
  const isTls = url.protocol === "smtps:";
  const port = url.port === "" ? (isTls ? submissionsPort : submissionPort) : Number(url.port);
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  return { isValid: true, value: { host, port, isTls, login } };
}

function readLogin(url: URL): SmtpServer["login"] | "undecodable" {
  if (url.username === "" && url.password === "") return undefined;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    return "undecodable";
  }
}

function refuse(because: string): SmtpUrlResult {
  return { isValid: false, because };
}
