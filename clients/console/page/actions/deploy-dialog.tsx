// Deploy: a definition file is typed or pasted, and what its service finds wrong is shown at the
// line that it is about.

import { useId, useState } from "preact/hooks";
import type { DeployedView, DeployRequest } from "../../src/view/action.ts";
import type { ViolationView } from "../../src/view/problem.ts";
import { channelsApi } from "../gateway/api.ts";
import { ask, Refusal } from "../gateway/ask.ts";
import { Mark } from "../words/mark.tsx";
import { activityWord } from "../words/state-words.ts";
import { ActionDialog } from "./action-dialog.tsx";
import { YamlField } from "./yaml-field.tsx";

const example = `channels:
  - name: orders
    process:
      command: [/usr/local/bin/orders]
`;

export function DeployDialog({ server, onClose }: DeployDialogProps) {
  const id = useId();
  const [yaml, setYaml] = useState(example);
  const [violations, setViolations] = useState<readonly ViolationView[]>([]);
  const submit = async (reason: string) => {
    setViolations([]);
    const body: DeployRequest = { reason, yaml };
    try {
      return await ask<DeployedView>(`${channelsApi(server)}/deploy`, { body });
    } catch (error) {
      if (error instanceof Refusal) setViolations(error.problem.violations);
      throw error;
    }
  };
  return (
    <ActionDialog
      title={`Deploy on ${server}`}
      verb="Deploy"
      submit={submit}
      tell={({ channels }) => (
        <ul class="results">
          {channels.map(({ name, activity, activation }) => (
            <li key={name} data-channel={name}>
              <Mark word={activityWord(activity, true)} /> {name} {activation}
            </li>
          ))}
        </ul>
      )}
      onClose={onClose}
    >
      <p>
        Each channel of the file is deployed on {server}. What is equal is left alone; a channel
        that runs and has changed is <strong>restarted</strong>. Folders are those of {server}, in
        full.
      </p>
      <YamlField id={id} yaml={yaml} violations={violations} onYaml={setYaml} />
    </ActionDialog>
  );
}

interface DeployDialogProps {
  readonly server: string;
  readonly onClose: () => void;
}
