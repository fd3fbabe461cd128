// E-mail addresses as the contract takes them: "ops@example.org" or "Operations <ops@example.org>".
// A strict part of RFC 5322: no comments, groups, routes or folding, and no way to smuggle in a
// second header or recipient.

/** One mailbox. `name` is empty where none was given. */
export interface Address {
  readonly name: string;
  readonly address: string;
}

/** An address, or why the text is none. */
export type AddressResult =
  | { readonly isValid: true; readonly address: Address }
  | { readonly isValid: false; readonly because: string };

/** RFC 5321, 4.5.3.1: limits of the local part and of the whole path without its angle brackets. */
const localCharsMax = 64;
const addressCharsMax = 254;
const nameCharsMax = 200;

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const localPart = new RegExp(`^${atom}(?:\\.${atom})*$`);
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const domainName = new RegExp(`^${label}(?:\\.${label})*$`);
const domainLiteral = /^\[(?:IPv6:[0-9A-Fa-f:.]+|[0-9.]+)\]$/;
const specials = /[<>()[\],;:@"\\]/;

/** Takes one address apart. */
export function parseAddress(text: string): AddressResult {
  // Before anything else: what breaks a line could begin a header of its own.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return refuse("must not hold control characters");
  const withName = /^(.*)<([^<>]*)>$/.exec(text.trim());
  if (withName === null) return checkMailbox(text.trim(), "");
  const name = parseName((withName[1] ?? "").trim());
  if (name === undefined) return refuse('must be like "Operations <ops@example.org>"');
  if (name.length > nameCharsMax) return refuse(`must have a name of at most ${nameCharsMax}`);
  return checkMailbox(withName[2] ?? "", name);
}

/** The mailboxes of several lists, each once, in order. */
export function uniqueMailboxes(...lists: readonly (readonly Address[])[]): readonly string[] {
  return [...new Set(lists.flat().map((each) => each.address))];
}

function checkMailbox(text: string, name: string): AddressResult {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(at, 0));
  const domain = text.slice(at + 1);
  if (at < 1 || domain === "") return refuse('must be an address such as "ops@example.org"');
  if (text.length > addressCharsMax || local.length > localCharsMax) return refuse("is too long");
  if (!localPart.test(local)) {
    return refuse("must have letters, digits and !#$%&'*+-/=?^_`{|}~. before the @");
  }
  if (!domainName.test(domain) && !domainLiteral.test(domain)) {
    return refuse("must have a domain name after the @ (international ones as xn--)");
  }
  // Domains do not tell case apart, local parts may.
  return { isValid: true, address: { name, address: `${local}@${domain.toLowerCase()}` } };
}

// A phrase without specials, or a quoted string.
function parseName(text: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text);
  if (quoted !== null) return (quoted[1] ?? "").replaceAll(/\\(.)/g, "$1");
  return specials.test(text) ? undefined : text;
}

function refuse(because: string): AddressResult {
  return { isValid: false, because };
}
