// An operator's word that a target which cannot answer runs nothing. A wrong one lets two servers
// run the same channels, so the dialog says so, and asks for the name of that very target.

import { useId, useState } from "preact/hooks";
import type { ConfirmRequest } from "../../src/view/action.ts";
import type { ServerView, TargetView } from "../../src/view/server.ts";
import { serverApi } from "../gateway/api.ts";
import { ask } from "../gateway/ask.ts";
import { Instant } from "../words/as-of.tsx";
import { ActionDialog } from "./action-dialog.tsx";
import { waitingTargets } from "./applicable.ts";
import { ServerResult } from "./server-result.tsx";

export function ConfirmStoppedDialog({ server, onClose }: ConfirmStoppedDialogProps) {
  const { serverId } = server;
  const targets = waitingTargets(server);
  const [chosen, setChosen] = useState(targets[0]?.name ?? "");
  const target = server.targets.find(({ name }) => name === chosen);
  const submit = (reason: string) => {
    const body: ConfirmRequest = { reason, target: chosen };
    return ask<ServerView>(`${serverApi(server)}/confirm-stopped`, { body });
  };
  return (
    <ActionDialog
      title={`Confirm that a target runs nothing of ${serverId}`}
      verb="Give my word"
      word={chosen}
      isReady={target !== undefined}
      submit={submit}
      tell={(after) => <ServerResult server={after} text={`${chosen} counts as stopped.`} />}
      onClose={onClose}
    >
      <TargetField targets={targets} chosen={chosen} onChoice={setChosen} />
      {target !== undefined && <AboutTarget target={target} />}
      <p class="warning">
        Your word counts as proof that {chosen} runs no channel of {serverId}. If it is wrong, two
        servers run the same channels, and work is done twice. Look at the machine, or cut its
        power, before you go on.
      </p>
    </ActionDialog>
  );
}

interface ConfirmStoppedDialogProps {
  readonly server: ServerView;
  readonly onClose: () => void;
}

function TargetField({ targets, chosen, onChoice }: TargetFieldProps) {
  const id = useId();
  return (
    <p class="field">
      <label htmlFor={id}>Target</label>
      <select
        id={id}
        value={chosen}
        onChange={({ currentTarget }) => onChoice(currentTarget.value)}
      >
        {targets.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </p>
  );
}

interface TargetFieldProps {
  readonly targets: readonly TargetView[];
  readonly chosen: string;
  readonly onChoice: (name: string) => void;
}

function AboutTarget({ target }: { readonly target: TargetView }) {
  const { name, address, isWatched, lastWordAtMs, lastError } = target;
  return (
    <p>
      {name} at {address}{" "}
      {isWatched ? "answers the monitor: it can speak for itself" : "does not answer the monitor"}.
      Its last word came at <Instant atMs={lastWordAtMs} />
      {lastError !== "" && `; last error: ${lastError}`}.
    </p>
  );
}
