// One mail as it was sent: what became of it, its text, and its HTML in a frame that may run
// nothing and load nothing, because others wrote it.

import { useState } from "preact/hooks";
import type { MessageView } from "../../src/view/mail.ts";
import { useAnswer } from "../gateway/answer.ts";
import { mailApi, queryOf } from "../gateway/api.ts";
import { Told } from "../gateway/told.tsx";
import { hrefOf } from "../routing/route.ts";
import { ScrollBox } from "../shell/scroll-box.tsx";
import { store } from "../stream/event-stream.ts";
import { AsOf, Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { deliveryWord } from "../words/run-words.ts";

export function Message({ notify, messageKey, query }: MessageProps) {
  const live = store.mails.of(notify).value?.newest.find(({ key }) => key === messageKey);
  const answer = useAnswer<MessageView>(
    `${mailApi(notify)}/message${queryOf({ key: messageKey })}`,
    // An attempt changes what became of it, and not the mail.
    { after: `${live?.state} ${live?.attempts}` },
  );
  const back = hrefOf("mail", notify, { ...Object.fromEntries(query), key: undefined });
  return (
    <section class="panel" aria-labelledby="message" data-message={messageKey}>
      <header>
        <h2 id="message">{answer.view?.subject ?? "Mail"}</h2>
        <a class="push" href={back}>
          Close
        </a>
      </header>
      <div class="body">
        <Told answer={answer}>{(view) => <Body message={view} />}</Told>
      </div>
    </section>
  );
}

interface MessageProps {
  readonly notify: string;
  readonly messageKey: string;
  readonly query: URLSearchParams;
}

function Body({ message }: { readonly message: MessageView }) {
  const { state, recipients, refusedRecipients, attempts, lastAnswer, messageId, thread } = message;
  return (
    <div class="stack">
      <p>
        <Mark word={deliveryWord(state)} />{" "}
        <span class="explains">
          <AsOf view={message} service="notify" />
        </span>
      </p>
      <dl class="fact-list">
        <Fact name="To" value={recipients.join(", ")} />
        <Fact name="Refused for" value={refusedRecipients.join(", ") || "nobody"} />
        <Fact name="Attempts" value={String(attempts)} />
        <Fact name="Last answer of the SMTP server" value={lastAnswer || "none yet"} />
        <div>
          <dt>Accepted</dt>
          <dd>
            <Instant atMs={message.acceptedAtMs} />
          </dd>
        </div>
        <div>
          <dt>{state === "QUEUED" ? "Next attempt" : "Settled"}</dt>
          <dd>
            <Instant atMs={state === "QUEUED" ? message.nextAttemptAtMs : message.settledAtMs} />
          </dd>
        </div>
        <Fact name="Message-ID" value={messageId} />
        <Fact name="Thread" value={thread || "its own"} />
        <Fact name="Key" value={message.key} />
      </dl>
      <Sent message={message} />
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Sent({ message }: { readonly message: MessageView }) {
  const [isHtml, setHtml] = useState(false);
  const { toldBy, key, text, hasHtml, subject } = message;
  return (
    <div>
      <fieldset class="buttons">
        <legend class="unseen">How it is shown</legend>
        <button type="button" aria-pressed={!isHtml} onClick={() => setHtml(false)}>
          Text
        </button>
        <button
          type="button"
          aria-pressed={isHtml}
          disabled={!hasHtml}
          onClick={() => setHtml(true)}
        >
          {hasHtml ? "HTML" : "No HTML"}
        </button>
      </fieldset>
      {isHtml && hasHtml ? (
        <iframe
          class="mail-html"
          title={`HTML of ${subject}`}
          sandbox=""
          referrerpolicy="no-referrer"
          src={`${mailApi(toldBy)}/html${queryOf({ key })}`}
        />
      ) : (
        <ScrollBox label="Text of the mail">
          <pre class="mail-text">{text}</pre>
        </ScrollBox>
      )}
    </div>
  );
}
