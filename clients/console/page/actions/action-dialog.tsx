// The dialog of every action: what will happen, why it is done, a word to type where channels stop,
// and then what came of it. Nothing is sent before all of that is given.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Refusal } from "../gateway/ask.ts";
import { RefusalNote } from "../gateway/refusal-note.tsx";
import { session } from "../gateway/session.ts";

/** As long as a service takes it. */
const reasonMax = 1024;

export interface ActionDialogProps<Result> {
  readonly title: string;
  /** What will happen, and the fields of this action. */
  readonly children: ComponentChildren;
  /** What the button says. */
  readonly verb: string;
  /** Whether what will happen is known: before that nothing can be sent. */
  readonly isReady?: boolean;
  /** Whether a reason goes into the history. Absent: it does. */
  readonly hasReason?: boolean;
  /** The word to type, because channels stop. Absent: none. */
  readonly word?: string;
  readonly submit: (reason: string) => Promise<Result>;
  readonly tell: (result: Result) => ComponentChildren;
  readonly onClose: () => void;
}

type Progress<Result> =
  | { readonly kind: "asking" | "editing" }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "done"; readonly result: Result };

export function ActionDialog<Result>(props: ActionDialogProps<Result>) {
  const { title, submit, tell, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [progress, setProgress] = useState<Progress<Result>>({ kind: "editing" });
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const send = async (reason: string) => {
    setProgress({ kind: "asking" });
    try {
      setProgress({ kind: "done", result: await submit(reason) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setProgress({ kind: "refused", refusal: error });
    }
  };
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} class="action" aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {progress.kind === "done" ? (
        <>
          <div aria-live="polite" data-done>
            {tell(progress.result)}
          </div>
          <div class="buttons">
            <button type="button" class="primary" onClick={close}>
              Close
            </button>
          </div>
        </>
      ) : (
        <ActionForm
          {...props}
          isAsking={progress.kind === "asking"}
          refusal={progress.kind === "refused" ? progress.refusal : undefined}
          onSend={(reason) => void send(reason)}
          onCancel={close}
        />
      )}
    </dialog>
  );
}

function ActionForm<Result>(props: ActionFormProps<Result>) {
  const { children, verb, isReady = true, hasReason = true, word } = props;
  const { isAsking, refusal, onSend, onCancel } = props;
  const [reason, setReason] = useState("");
  const send = (event: Event) => {
    event.preventDefault();
    onSend(reason.trim());
  };
  return (
    <form onSubmit={send}>
      {children}
      {hasReason && <ReasonField reason={reason} onReason={setReason} />}
      {word !== undefined && <WordField word={word} />}
      {refusal !== undefined && <RefusalNote refusal={refusal} />}
      <div class="buttons">
        <button
          type="submit"
          class={word === undefined ? "primary" : "danger"}
          disabled={!isReady || isAsking}
        >
          {isAsking ? "Asking…" : verb}
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

interface ActionFormProps<Result> extends ActionDialogProps<Result> {
  readonly isAsking: boolean;
  readonly refusal: Refusal | undefined;
  readonly onSend: (reason: string) => void;
  readonly onCancel: () => void;
}

function ReasonField({ reason, onReason }: ReasonFieldProps) {
  const id = useId();
  const person = session.value?.person?.name ?? "you";
  return (
    <p class="field">
      <label htmlFor={id}>Reason, for the history, as {person}</label>
      <input
        id={id}
        name="reason"
        required
        autocomplete="off"
        maxLength={reasonMax}
        value={reason}
        onInput={({ currentTarget }) => {
          // Spaces are no reason.
          const isBlank = currentTarget.value.trim() === "";
          currentTarget.setCustomValidity(isBlank ? "Say why it is done" : "");
          onReason(currentTarget.value);
        }}
      />
    </p>
  );
}

interface ReasonFieldProps {
  readonly reason: string;
  readonly onReason: (reason: string) => void;
}

function WordField({ word }: { readonly word: string }) {
  const id = useId();
  return (
    <p class="field">
      <label htmlFor={id}>
        Channels stop. Type <strong class="id">{word}</strong> to go on
      </label>
      <input
        id={id}
        name="word"
        required
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onInput={({ currentTarget }) => {
          const isTyped = currentTarget.value.trim() === word;
          currentTarget.setCustomValidity(isTyped ? "" : `Type ${word} to go on`);
        }}
      />
    </p>
  );
}
