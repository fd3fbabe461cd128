// Maintenance: nothing is declared about a server while somebody works on it.

import { useId, useState } from "preact/hooks";
import type { MaintenanceRequest, ReasonRequest } from "../../src/view/action.ts";
import type { ServerView } from "../../src/view/server.ts";
import { serverApi } from "../gateway/api.ts";
import { ask } from "../gateway/ask.ts";
import { Instant } from "../words/as-of.tsx";
import { printLength } from "../words/span.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { ServerResult } from "./server-result.tsx";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What is forgotten ends by itself: "until it is ended" has to be chosen. */
const expiriesMs = [15 * minuteMs, hourMs, 2 * hourMs, 8 * hourMs, 24 * hourMs, 7 * 24 * hourMs];

export function SetMaintenanceDialog({ server, onClose }: MaintenanceDialogProps) {
  const { serverId } = server;
  const [expiryMs, setExpiryMs] = useState<number | undefined>(hourMs);
  const id = useId();
  const submit = (reason: string) => {
    const body: MaintenanceRequest = { reason, ...(expiryMs !== undefined && { expiryMs }) };
    return ask<ServerView>(`${serverApi(server)}/set-maintenance`, { body });
  };
  return (
    <ActionDialog
      title={`Maintenance of ${serverId}`}
      verb="Begin maintenance"
      submit={submit}
      tell={(after) => <ServerResult server={after} text="Maintenance has begun." />}
      onClose={onClose}
    >
      <p>
        Until it ends, {serverId} is declared neither DEAD nor CLOSED, and no run starts:{" "}
        <strong>nobody takes over if it fails.</strong> Its channels run on as they do.
      </p>
      <p class="field">
        <label htmlFor={id}>Ends by itself after</label>
        <select
          id={id}
          name="expiry"
          value={expiryMs ?? ""}
          onChange={({ currentTarget: { value } }) =>
            setExpiryMs(value === "" ? undefined : Number(value))
          }
        >
          {expiriesMs.map((each) => (
            <option key={each} value={each}>
              {printLength(each)}
            </option>
          ))}
          <option value="">never: until somebody ends it</option>
        </select>
      </p>
    </ActionDialog>
  );
}

export function ClearMaintenanceDialog({ server, onClose }: MaintenanceDialogProps) {
  const { serverId, maintenance, thresholdMs } = server;
  const submit = (reason: string) => {
    const body: ReasonRequest = { reason };
    return ask<ServerView>(`${serverApi(server)}/clear-maintenance`, { body });
  };
  return (
    <ActionDialog
      title={`End the maintenance of ${serverId}`}
      verb="End maintenance"
      submit={submit}
      tell={(after) => <ServerResult server={after} text="Maintenance has ended." />}
      onClose={onClose}
    >
      {maintenance !== undefined && (
        <p>
          {maintenance.owner} began it at <Instant atMs={maintenance.sinceAtMs} />:{" "}
          {maintenance.reason}
        </p>
      )}
      <p>
        The threshold counts anew: if {serverId} is not heard for {printLength(thresholdMs)}, it is
        declared DEAD and its backup takes over.
      </p>
    </ActionDialog>
  );
}

interface MaintenanceDialogProps {
  readonly server: ServerView;
  readonly onClose: () => void;
}
