// The services that the gateway listens to, and how fresh what they told is. Every instant with the
// name `heardAtMs` or `nowMs` is of the gateway's own clock (monotonic): its age is `nowMs` of the
// newest event, minus the instant, plus what has passed in the page since that event came.

/** The services, by what they do. */
export type ServiceWord = "monitor" | "channels" | "heartbeat" | "notify";

/** One service that is listened to. What it told is true now only while `isUp`. */
export interface SourceView {
  readonly service: ServiceWord;
  /** Id of the server where it runs. With `service` it names the source. */
  readonly server: string;
  readonly address: string;
  /** Whether it has answered within the last second. Not up: all that it told is old. */
  readonly isUp: boolean;
  /** Since when it has been up, or down. */
  readonly sinceMs: number;
  /**
   * When it was heard last; not told anew while it is up, and so within the last second. Undefined:
   * not since the gateway started.
   */
  readonly heardAtMs: number | undefined;
  /** Why it is down, in one line. Undefined: it is up. */
  readonly problem: string | undefined;
}

/** What is told by one source, and when the gateway heard it. */
export interface Heard {
  /** Id of the server whose service told it. */
  readonly toldBy: string;
  readonly heardAtMs: number;
}

/** Name of a source, for maps. */
export function sourceName({ service, server }: Pick<SourceView, "service" | "server">): string {
  return `${service}/${server}`;
}
