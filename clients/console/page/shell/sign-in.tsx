// Who looks, and the way to be somebody else: sign in to act, sign out when done.

import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Refusal } from "../gateway/ask.ts";
import { refreshSession, session } from "../gateway/session.ts";
import { SignInForm } from "./sign-in-form.tsx";

export function SignIn() {
  const [isOpen, setOpen] = useState(false);
  const person = session.value?.person;
  const isSignedIn = person !== undefined && person.by !== "anonymous";
  return (
    <>
      <span class="contact" data-person={person?.name} data-role={person?.role}>
        {person === undefined ? "not signed in" : `${person.name} · ${person.role}`}
      </span>
      {isSignedIn ? (
        person.by === "token" && (
          <button type="button" class="plain" onClick={() => void signOut()}>
            Sign out
          </button>
        )
      ) : (
        <button type="button" class="plain" data-sign-in onClick={() => setOpen(true)}>
          Sign in
        </button>
      )}
      {isOpen && <SignInDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function SignInDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} class="action" aria-labelledby="sign-in" onClose={onClose}>
      <h2 id="sign-in">Sign in</h2>
      <SignInForm onDone={close} />
      <div class="buttons">
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </dialog>
  );
}

// Whoever is nobody by name may still look, or be known by a certificate: the gateway says who is
// left. What fails here is told by the header itself: the name stays.
async function signOut(): Promise<void> {
  try {
    await ask("api/sign-out", { body: {} });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  await refreshSession();
}
