// Switchover and failback: the channels of a server move to its backup, and home again.

import type { ReasonRequest } from "../../src/view/action.ts";
import type { ServerView } from "../../src/view/server.ts";
import { serverApi } from "../gateway/api.ts";
import { ask } from "../gateway/ask.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { PlanPreview, usePreview } from "./plan-preview.tsx";
import { ServerResult } from "./server-result.tsx";

const words = {
  switchover: {
    title: "Switch over",
    intro: (id: string) => `The channels stop on ${id}. Then the flow does as on DEAD:`,
    result: "The switchover has begun.",
  },
  failback: {
    title: "Fail back",
    intro: (id: string) =>
      `The flow does as on LIVE. When the backup has stopped the channels, ${id} starts them:`,
    result: "The failback has begun.",
  },
};

export function MoveDialog({ server, move, onClose }: MoveDialogProps) {
  const { serverId } = server;
  const { title, intro, result } = words[move];
  const preview = usePreview(server, move);
  const submit = (reason: string) => {
    const body: ReasonRequest = { reason };
    return ask<ServerView>(`${serverApi(server)}/${move}`, { body });
  };
  return (
    <ActionDialog
      title={`${title} ${serverId}`}
      verb={title}
      word={serverId}
      isReady={preview.view !== undefined}
      submit={submit}
      tell={(after) => <ServerResult server={after} text={result} />}
      onClose={onClose}
    >
      <PlanPreview answer={preview} intro={intro(serverId)} />
    </ActionDialog>
  );
}

interface MoveDialogProps {
  readonly server: ServerView;
  readonly move: keyof typeof words;
  readonly onClose: () => void;
}
