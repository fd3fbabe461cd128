// Start and stop of one channel, as an operator's wish to its channels service.

import type { NamesRequest, ResultsView } from "../../src/view/action.ts";
import type { ChannelView } from "../../src/view/channel.ts";
import { channelsApi } from "../gateway/api.ts";
import { ask } from "../gateway/ask.ts";
import { Result } from "../server/run-steps.tsx";
import { ActionDialog } from "./action-dialog.tsx";
import { OwnerWarning } from "./owner-warning.tsx";

const words = {
  start: { title: "Start", will: "starts, and goes on until it is stopped." },
  stop: { title: "Stop", will: "stops: first as it likes, then by force. No process is left." },
};

export function OrderDialog({ channel, order, onClose }: OrderDialogProps) {
  const { name, toldBy: server } = channel;
  const { title, will } = words[order];
  const submit = (reason: string) => {
    const body: NamesRequest = { reason, names: [name] };
    return ask<ResultsView>(`${channelsApi(server)}/${order}`, { body });
  };
  return (
    <ActionDialog
      title={`${title} ${name} on ${server}`}
      verb={title}
      {...(order === "stop" ? { word: server } : {})}
      submit={submit}
      tell={({ results }) => (
        <ul class="results">
          {results.map((each) => (
            <Result key={each.name} result={each} />
          ))}
        </ul>
      )}
      onClose={onClose}
    >
      <p>
        <strong>{name}</strong> on {server} {will}
      </p>
      <OwnerWarning channel={channel} />
      {order === "start" && channel.protectedBy !== "" && (
        <p class="explains">
          A protected channel starts only with a lease or an order of a monitor; else it is refused.
        </p>
      )}
    </ActionDialog>
  );
}

interface OrderDialogProps {
  readonly channel: ChannelView;
  readonly order: keyof typeof words;
  readonly onClose: () => void;
}
