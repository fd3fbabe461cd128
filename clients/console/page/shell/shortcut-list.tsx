// The list of shortcuts, opened by "?".

import { useEffect, useRef } from "preact/hooks";
import {
  areShortcutsOn,
  isListOpen,
  type Shortcut,
  shortcuts,
  switchShortcuts,
} from "./shortcuts.ts";

const moves: readonly Pick<Shortcut, "keys" | "does">[] = [
  { keys: ["↑"], does: "Move in a grid of servers, as ↓ ← → do" },
  { keys: ["Enter"], does: "Open the server" },
];

export function ShortcutList() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isListOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  return (
    <dialog ref={dialog} aria-labelledby="shortcuts" onClose={() => (isListOpen.value = false)}>
      <h2 id="shortcuts">Keys</h2>
      <Keys />
      <p>
        <label class="choice">
          <input
            type="checkbox"
            checked={areShortcutsOn.value}
            onChange={({ currentTarget }) => switchShortcuts(currentTarget.checked)}
          />
          <span>Keys are on</span>
        </label>
      </p>
      <form method="dialog">
        <button class="primary" type="submit">
          Close
        </button>
      </form>
    </dialog>
  );
}

function Keys() {
  return (
    <table>
      <thead class="unseen">
        <tr>
          <th scope="col">Keys</th>
          <th scope="col">What they do</th>
        </tr>
      </thead>
      <tbody>
        {[...shortcuts, ...moves].map(({ keys, does }) => (
          <tr key={does}>
            <td>
              {keys.map((key) => (
                <span key={key}>
                  <kbd>{key}</kbd>{" "}
                </span>
              ))}
            </td>
            <td>{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
