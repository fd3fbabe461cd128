// Signing in with a token that the configuration of the gateway names. It goes to the gateway once;
// what the browser keeps is a cookie that no script can read.

import { useId, useState } from "preact/hooks";
import type { SignInRequest } from "../../src/view/action.ts";
import type { SessionView } from "../../src/view/session.ts";
import { ask, Refusal } from "../gateway/ask.ts";
import { RefusalNote } from "../gateway/refusal-note.tsx";
import { session } from "../gateway/session.ts";

export function SignInForm({ onDone }: { readonly onDone?: () => void }) {
  const id = useId();
  const [token, setToken] = useState("");
  const [refusal, setRefusal] = useState<Refusal>();
  const [isAsking, setAsking] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    setRefusal(undefined);
    setAsking(true);
    try {
      const body: SignInRequest = { token: token.trim() };
      session.value = await ask<SessionView>("api/sign-in", { body });
      onDone?.();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
    } finally {
      setAsking(false);
    }
  };
  const ways = session.value?.ways ?? [];
  return (
    <form class="sign-in" onSubmit={(event) => void send(event)}>
      <p class="field">
        <label htmlFor={id}>Token</label>
        <input
          id={id}
          name="token"
          type="password"
          required
          autocomplete="current-password"
          spellcheck={false}
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
      </p>
      <p class="explains">
        It is in the token file that the configuration of this console names for you.{" "}
        <code>npm start</code> prints it.
        {ways.includes("certificate") && " A browser with your certificate needs no token."}
      </p>
      {refusal !== undefined && <RefusalNote refusal={refusal} />}
      <div class="buttons">
        <button type="submit" class="primary" disabled={isAsking}>
          {isAsking ? "Asking…" : "Sign in"}
        </button>
      </div>
    </form>
  );
}
