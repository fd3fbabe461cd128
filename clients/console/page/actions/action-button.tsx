// A button that begins an action. Who may only look sees it too, switched off, with the reason: so
// that they know what to ask an operator for.

import { isOperator, session } from "../gateway/session.ts";

export function ActionButton({ name, label, isDanger = false, onAct }: ActionButtonProps) {
  const isAllowed = isOperator.value;
  return (
    <button
      type="button"
      data-action={name}
      class={isDanger ? "danger" : ""}
      aria-disabled={isAllowed ? undefined : "true"}
      title={isAllowed ? undefined : whyNot()}
      onClick={() => {
        if (isAllowed) onAct();
      }}
    >
      {label}
    </button>
  );
}

interface ActionButtonProps {
  readonly name: string;
  readonly label: string;
  readonly isDanger?: boolean;
  readonly onAct: () => void;
}

/** Says why buttons are off, beside them. */
export function WhyNot() {
  if (isOperator.value) return null;
  return (
    <p class="explains" data-why-off>
      {whyNot()}
    </p>
  );
}

function whyNot(): string {
  const person = session.value?.person;
  if (person === undefined) return "Not signed in: sign in as an operator to act.";
  if (person.by === "anonymous")
    return "You may look without signing in; to act, sign in as an operator.";
  return `${person.name} may look, but not act: that takes an operator.`;
}
