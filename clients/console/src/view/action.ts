// What an operator can ask for, and what the gateway answers. Every action is a POST with a JSON
// body of these shapes and the header `x-hot-backup-console: 1`, and answers with a JSON object. It
// may take 15 s; where channels start or stop, 5 minutes.
//
//   POST /api/monitors/:monitor/servers/:server/preview           PreviewRequest     PreviewView
//   POST /api/monitors/:monitor/servers/:server/failback          ReasonRequest      ServerView
//   POST /api/monitors/:monitor/servers/:server/switchover        ReasonRequest      ServerView
//   POST /api/monitors/:monitor/servers/:server/confirm-stopped   ConfirmRequest     ServerView
//   POST /api/monitors/:monitor/servers/:server/set-maintenance   MaintenanceRequest ServerView
//   POST /api/monitors/:monitor/servers/:server/clear-maintenance ReasonRequest      ServerView
//   POST /api/monitors/:monitor/servers/:server/drill             DrillRequest       DrillView
//   POST /api/channels/:server/start and /stop                    NamesRequest       ResultsView
//   POST /api/channels/:server/deploy                             DeployRequest      DeployedView
//   POST /api/channels/:server/undeploy                           UndeployRequest    UndeployedView
//   POST /api/mail/:notify/test                                   TestMailRequest    DeliveryView
//   POST /api/sign-in                                             SignInRequest      SessionView
//   POST /api/sign-out                                            {}                 SessionView
//
// What only tells is a GET:
//
//   /api/session                                                  SessionView
//   /api/events                                                   stream of ConsoleEvent
//   /api/monitors/:monitor/servers/:server/explain?signal=ID      ExplanationView
//   /api/monitors/:monitor/servers/:server/flow                   FlowView
//   /api/monitors/:monitor/signals?server=ID&page=TOKEN&size=N    ListPage<SignalView>
//   /api/monitors/:monitor/runs?server=ID&page=TOKEN&size=N       ListPage<RunView>
//   /api/monitors/:monitor/runs/:run                              RunView
//   /api/monitors/:monitor/drills?server=ID&page=TOKEN&size=N     ListPage<DrillView>
//   /api/channels/:server/:name/log?lines=N                       stream of LogEvent
//   /api/mail/:notify?state=QUEUED&page=TOKEN&size=N              ListPage<DeliveryView>
//   /api/mail/:notify/message?key=KEY                             MessageView
//   /api/mail/:notify/html?key=KEY                                its HTML, as a page in a sandbox

import type { ChannelResultView, ChannelView } from "./channel.ts";
import type { PlannedStepView } from "./run.ts";
import type { ServerView } from "./server.ts";
import type { SignalWord } from "./signal.ts";

export interface SignInRequest {
  readonly token: string;
}

/** An action that needs nothing but a reason, 1 to 1024 characters, which goes into the history. */
export interface ReasonRequest {
  readonly reason: string;
}

export interface ConfirmRequest extends ReasonRequest {
  readonly target: string;
}

export interface MaintenanceRequest extends ReasonRequest {
  /** 1 s to 30 days. Absent: until it is cleared. */
  readonly expiryMs?: number;
}

export interface PreviewRequest {
  readonly action: "failback" | "switchover";
}

/** Exactly what an action, or a signal, would do now. */
export interface PreviewView {
  readonly server: ServerView;
  readonly signal: SignalWord;
  readonly document: string;
  /** "": no case is picked, and nothing would be done. */
  readonly caseName: string;
  readonly steps: readonly PlannedStepView[];
  readonly notes: readonly string[];
}

/** Channels by name, or by a prefix that ends with "*". */
export interface NamesRequest extends ReasonRequest {
  readonly names: readonly string[];
}

export interface ResultsView {
  readonly results: readonly ChannelResultView[];
}

export interface DeployRequest extends ReasonRequest {
  /** A definition file: YAML with a list `channels`, as docs/configuration.md describes it. */
  readonly yaml: string;
}

export interface DeployedView {
  readonly channels: readonly ChannelView[];
}

export interface UndeployRequest extends ReasonRequest {
  readonly name: string;
}

export interface UndeployedView {
  readonly name: string;
}

export interface TestMailRequest {
  readonly to: string;
}
