// Why a call failed, as a person would say it: what grpc-js and the operating system tell is for
// those who wrote them.

/** What is told, and what it means. The first that fits counts. */
const phrases: readonly (readonly [told: RegExp, meaning: string])[] = [
  [/connect ECONNREFUSED (\S+)/, "nothing listens at $1"],
  [/connect ENOENT (\S+)/, "there is no socket $1"],
  [/connect EACCES (\S+)/, "this user may not open $1"],
  [/connect (?:EHOSTUNREACH|ENETUNREACH) (\S+)/, "no way leads to $1"],
  [/connect ETIMEDOUT (\S+)/, "nobody answers at $1"],
  [/Name resolution failed for target dns:\/*(\S+?):\d+$/, "the name $1 has no address"],
  [/Deadline exceeded after .*remote_addr=([^\s,]+).*$/, "$1 does not answer"],
  [/Deadline exceeded after .*$/, "the service does not answer"],
  [/Protocol error.*$/, "what answers at this address does not speak gRPC"],
  [
    /The server does not implement the method .*$/,
    "another service answers at this address, or an older version of the one that is meant",
  ],
];

/** The same message in plain words, where it has others. */
export function inPlainWords(message: string): string {
  const phrase = phrases.find(([told]) => told.test(message));
  return phrase === undefined ? message : message.replace(...phrase);
}
