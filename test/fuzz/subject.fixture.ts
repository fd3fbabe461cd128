// A service under trial: real gRPC methods over the real core, on a free port, with everything
// behind it either real in a folder of its own or harmless.

/** One service, and how to see from outside that nothing has changed. */
export interface Subject extends AsyncDisposable {
  readonly address: string;
  /** Equal before and after whatever must change nothing. */
  snapshot(): unknown;
}
