// Tokens of users: long random texts, of which only a hash is kept and compared.

import { createHash, timingSafeEqual } from "node:crypto";

/**
 * 32 characters of base64 hold 192 random bits: nobody guesses them, so that no slow hash is
 * needed.
 */
export const tokenCharactersMin = 32;

/** More than any token: what is longer is not looked at. */
export const tokenCharactersMax = 512;

export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * Whose token this is. Takes as long whoever it is of, and if it is nobody's.
 */
export function findByToken<Owner extends { readonly tokenHash: Buffer }>(
  owners: readonly Owner[],
  token: string,
): Owner | undefined {
  const hash = hashToken(token);
  let found: Owner | undefined;
  for (const owner of owners) if (timingSafeEqual(owner.tokenHash, hash)) found = owner;
  return found;
}
