// A test: whether a mail would arrive now, shown by one.

import { useId, useState } from "preact/hooks";
import type { TestMailRequest } from "../../src/view/action.ts";
import type { DeliveryView } from "../../src/view/mail.ts";
import { mailApi } from "../gateway/api.ts";
import { ask } from "../gateway/ask.ts";
import { hrefOf } from "../routing/route.ts";
import { ActionDialog } from "./action-dialog.tsx";

export function TestMailDialog({ notify, onClose }: TestMailDialogProps) {
  const [to, setTo] = useState("");
  const id = useId();
  const submit = () => {
    const body: TestMailRequest = { to: to.trim() };
    return ask<DeliveryView>(`${mailApi(notify)}/test`, { body });
  };
  return (
    <ActionDialog
      title={`Send a test from ${notify}`}
      verb="Send"
      hasReason={false}
      submit={submit}
      tell={({ key }) => (
        <p>
          The test is in the outbox.{" "}
          <a href={hrefOf("mail", notify, { key })}>See what becomes of it</a>
        </p>
      )}
      onClose={onClose}
    >
      <p>A mail that says it is a test goes to one address, by the same way as every other.</p>
      <p class="field">
        <label htmlFor={id}>To</label>
        <input
          id={id}
          name="to"
          type="email"
          required
          autocomplete="email"
          value={to}
          onInput={({ currentTarget }) => setTo(currentTarget.value)}
        />
      </p>
    </ActionDialog>
  );
}

interface TestMailDialogProps {
  readonly notify: string;
  readonly onClose: () => void;
}
