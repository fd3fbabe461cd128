// A drill: a failover that is done to see whether it works, or, as a shadow, only thought through.

import { useId, useState } from "preact/hooks";
import type {
  DrillKind,
  DrillObjectiveRequest,
  DrillRequest,
  DrillView,
} from "../../src/view/drill.ts";
import type { ServerView } from "../../src/view/server.ts";
import { serverApi } from "../gateway/api.ts";
import { ask } from "../gateway/ask.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { applicableDrills } from "./applicable.ts";
import { PlanPreview, usePreview } from "./plan-preview.tsx";

const kinds: Readonly<Record<DrillKind, string>> = {
  SHADOW: "Shadow: changes nothing, tells whether a takeover would work and how long it would take",
  SWITCHOVER: "Switchover: the channels move to the backup, and home again when all of them run",
  SILENCE: "Silence: its heartbeats do not count until it is DEAD and the backup runs all channels",
};

function introOf(kind: DrillKind, serverId: string): string {
  const begin =
    kind === "SILENCE"
      ? `${serverId} is not heard: its lease runs out, its channels stop, and it is declared DEAD.`
      : `The channels stop on ${serverId}.`;
  const end = "When the backup runs all channels, it gives them back.";
  return `${begin} ${end} The flow does as on DEAD:`;
}

type Phase = keyof DrillObjectiveRequest;

const phases: Readonly<Record<Phase, string>> = {
  detectionMs: "Detection",
  startMs: "Start on the backup",
  handoverMs: "Handover to the primary",
};

export function DrillDialog({ server, onClose }: DrillDialogProps) {
  const { serverId } = server;
  const offered = applicableDrills(server);
  const [kind, setKind] = useState<DrillKind>("SHADOW");
  const [objective, setObjective] = useState<DrillObjectiveRequest>({});
  const preview = usePreview(server, "switchover");
  const isShadow = kind === "SHADOW";
  const submit = (reason: string) => {
    const body: DrillRequest = { reason, kind, objective };
    return ask<DrillView>(`${serverApi(server)}/drill`, { body });
  };
  return (
    <ActionDialog
      title={`Drill of ${serverId}`}
      verb={isShadow ? "Look" : "Begin the drill"}
      {...(isShadow ? {} : { word: serverId })}
      isReady={isShadow || preview.view !== undefined}
      submit={submit}
      tell={tellDrill}
      onClose={onClose}
    >
      <fieldset>
        <legend>Kind</legend>
        {offered.map((each) => (
          <label key={each} class="choice">
            <input
              type="radio"
              name="kind"
              value={each}
              checked={kind === each}
              onChange={() => setKind(each)}
            />{" "}
            {kinds[each]}
          </label>
        ))}
      </fieldset>
      {!isShadow && <PlanPreview answer={preview} intro={introOf(kind, serverId)} />}
      <Objectives onObjective={(phase, ms) => setObjective({ ...objective, [phase]: ms })} />
    </ActionDialog>
  );
}

interface DrillDialogProps {
  readonly server: ServerView;
  readonly onClose: () => void;
}

function Objectives({ onObjective }: ObjectivesProps) {
  const id = useId();
  return (
    <fieldset>
      <legend>It passes if each takes no longer, in seconds (empty: as long as it takes)</legend>
      <div class="row">
        {phaseNames.map((phase) => (
          <p class="field" key={phase}>
            <label htmlFor={`${id}${phase}`}>{phases[phase]}</label>
            <input
              id={`${id}${phase}`}
              type="number"
              min="0.001"
              max="3600"
              step="any"
              inputMode="decimal"
              onInput={({ currentTarget: { value } }) =>
                onObjective(phase, value === "" ? undefined : Math.round(Number(value) * 1000))
              }
            />
          </p>
        ))}
      </div>
    </fieldset>
  );
}

interface ObjectivesProps {
  readonly onObjective: (phase: Phase, ms: number | undefined) => void;
}

const phaseNames: readonly Phase[] = ["detectionMs", "startMs", "handoverMs"];

function tellDrill({ state, kind, because }: DrillView) {
  const isShadow = kind === "SHADOW";
  const verdict = { RUNNING: "is looked into", PASSED: "would pass", FAILED: "would fail" }[state];
  return (
    <>
      <p>
        <strong>
          {isShadow
            ? `A drill ${verdict}${because.length > 0 ? ":" : "."}`
            : "The drill has begun."}
        </strong>
      </p>
      {because.length > 0 && (
        <ul class="lines tone-bad">
          {because.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
      <p class="explains">
        The drills of the server, on the page behind this dialog, tell its phases.
      </p>
    </>
  );
}
