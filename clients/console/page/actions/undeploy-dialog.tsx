// Undeploy: a channel stops, and its definition is forgotten.

import type { UndeployedView, UndeployRequest } from "../../src/view/action.ts";
import type { ChannelView } from "../../src/view/channel.ts";
import { channelsApi } from "../gateway/api.ts";
import { ask } from "../gateway/ask.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { OwnerWarning } from "./owner-warning.tsx";

export function UndeployDialog({ channel, onClose }: UndeployDialogProps) {
  const { name, toldBy: server } = channel;
  const submit = (reason: string) => {
    const body: UndeployRequest = { reason, name };
    return ask<UndeployedView>(`${channelsApi(server)}/undeploy`, { body });
  };
  return (
    <ActionDialog
      title={`Undeploy ${name} from ${server}`}
      verb="Undeploy"
      word={name}
      submit={submit}
      tell={(gone) => (
        <p>
          <strong>{gone.name}</strong> is gone from {server}; its log is kept.
        </p>
      )}
      onClose={onClose}
    >
      <p>
        <strong>{name}</strong> stops on {server}, and its definition is forgotten there. Its log is
        kept.
      </p>
      <OwnerWarning channel={channel} />
    </ActionDialog>
  );
}

interface UndeployDialogProps {
  readonly channel: ChannelView;
  readonly onClose: () => void;
}
