// What can be done about a server now: buttons for what applies, and the dialog of the one that was
// pressed.

import { useState } from "preact/hooks";
import type { ServerView } from "../../src/view/server.ts";
import { ActionButton, WhyNot } from "./action-button.tsx";
import { type ActionName, applicableActions } from "./applicable.ts";
import { ConfirmStoppedDialog } from "./confirm-stopped-dialog.tsx";
import { DrillDialog } from "./drill-dialog.tsx";
import { ClearMaintenanceDialog, SetMaintenanceDialog } from "./maintenance-dialogs.tsx";
import { MoveDialog } from "./move-dialog.tsx";

const labels: Readonly<Record<ActionName, string>> = {
  switchover: "Switch over…",
  failback: "Fail back…",
  "confirm-stopped": "Confirm stopped…",
  "set-maintenance": "Maintenance…",
  "clear-maintenance": "End maintenance…",
  drill: "Drill…",
};

/** Those by which channels stop, or which cannot be taken back. */
const dangers: ReadonlySet<ActionName> = new Set(["switchover", "failback", "confirm-stopped"]);

export function ActionBar({ server }: { readonly server: ServerView }) {
  const [open, setOpen] = useState<ActionName>();
  return (
    <section class="actions" aria-label="Actions">
      <div class="buttons">
        {applicableActions(server).map((name) => (
          <ActionButton
            key={name}
            name={name}
            label={labels[name]}
            isDanger={dangers.has(name)}
            onAct={() => setOpen(name)}
          />
        ))}
      </div>
      <WhyNot />
      {open !== undefined && (
        <Dialog name={open} server={server} onClose={() => setOpen(undefined)} />
      )}
    </section>
  );
}

// A dialog stays open when its action stops applying meanwhile: its service says why.
function Dialog({ name, server, onClose }: DialogProps) {
  switch (name) {
    case "switchover":
    case "failback":
      return <MoveDialog server={server} move={name} onClose={onClose} />;
    case "confirm-stopped":
      return <ConfirmStoppedDialog server={server} onClose={onClose} />;
    case "set-maintenance":
      return <SetMaintenanceDialog server={server} onClose={onClose} />;
    case "clear-maintenance":
      return <ClearMaintenanceDialog server={server} onClose={onClose} />;
    case "drill":
      return <DrillDialog server={server} onClose={onClose} />;
  }
}

interface DialogProps {
  readonly name: ActionName;
  readonly server: ServerView;
  readonly onClose: () => void;
}
