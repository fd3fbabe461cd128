// Which terms may be believed. A term never falls, so one that is near the end of its numbers would
// leave no room for the next: nobody's word may bring it there.

/** No honest term comes near: a thousand changes of mind a second reach it in 146 million years. */
export const termMax = 2n ** 62n;

/**
 * Above that maximum, how far a claim may be above the term that is known: a journal that has come
 * so far goes on, and no number of claims uses up the other half of the 63 bits.
 */
const leapMax = 2n ** 20n;

/** Whether a term that somebody else tells may be taken for true, by one who knows `known`. */
export function isCredible(term: bigint, known: bigint): boolean {
  return term <= termMax || term <= known + leapMax;
}
