// The ledger of every notify service: which mails went out, which wait or were refused, and each
// one as it was sent.

import { useState } from "preact/hooks";
import type { DeliveryState, DeliveryView, MailView } from "../../src/view/mail.ts";
import { ActionButton, WhyNot } from "../actions/action-button.tsx";
import { TestMailDialog } from "../actions/test-mail-dialog.tsx";
import { mailApi, queryOf } from "../gateway/api.ts";
import { MoreButton } from "../gateway/more-button.tsx";
import { usePaged } from "../gateway/paged.ts";
import { replaceAddress } from "../routing/location.ts";
import { hrefOf, type Route } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { deliveryWord } from "../words/run-words.ts";
import { printSpan } from "../words/span.ts";
import { joinDeliveries } from "./deliveries.ts";
import { Message } from "./message.tsx";

const states: readonly DeliveryState[] = ["QUEUED", "SENT", "FAILED"];

export function MailPage({ route }: { readonly route: Route }) {
  const services = store.sources.all.value
    .filter(({ service }) => service === "notify")
    .map(({ server }) => server);
  const key = route.query.get("key") ?? undefined;
  return (
    <article>
      <header class="page-head">
        <h1>Mail</h1>
        <p class="explains">What each notify service has taken over, and what became of it.</p>
        <WhyNot />
      </header>
      <StateFilter route={route} />
      {route.id !== undefined && key !== undefined && (
        <Message notify={route.id} messageKey={key} query={route.query} />
      )}
      {services.length === 0 ? (
        <p class="empty">The gateway listens to no notify service: its configuration names none.</p>
      ) : (
        services.map((notify) => <Ledger key={notify} notify={notify} route={route} />)
      )}
    </article>
  );
}

function StateFilter({ route }: { readonly route: Route }) {
  const { id, query } = route;
  return (
    <form class="filter" onSubmit={(event) => event.preventDefault()}>
      <p class="field">
        <label htmlFor="filter-state">State</label>
        <select
          id="filter-state"
          data-filter
          value={query.get("state") ?? ""}
          onChange={({ currentTarget: { value } }) =>
            replaceAddress(hrefOf("mail", id, { ...Object.fromEntries(query), state: value }))
          }
        >
          <option value="">any</option>
          {states.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </p>
    </form>
  );
}

function Ledger({ notify, route }: { readonly notify: string; readonly route: Route }) {
  const [isTesting, setTesting] = useState(false);
  const mail = store.mails.of(notify).value;
  const isToldNow = store.isToldNow("notify", notify);
  return (
    <section class="panel" aria-label={`Mail of ${notify}`} data-mail-of={notify}>
      <header>
        <h2 class="id">{notify}</h2>
        {isToldNow ? (
          <Transport mail={mail} />
        ) : (
          <strong class="tone-unknown">UNKNOWN: its notify service is silent</strong>
        )}
        <span class="push">
          <ActionButton name="test-mail" label="Send a test…" onAct={() => setTesting(true)} />
        </span>
      </header>
      <div class="body">
        <Deliveries notify={notify} mail={mail} route={route} />
      </div>
      {isTesting && <TestMailDialog notify={notify} onClose={() => setTesting(false)} />}
    </section>
  );
}

function Transport({ mail }: { readonly mail: MailView | undefined }) {
  const transport = mail?.transport;
  if (transport === undefined) return null;
  const { answers, problem, queued, oldestQueuedMs } = transport;
  const oldest =
    oldestQueuedMs === undefined ? "" : `, the oldest for ${printSpan(oldestQueuedMs)}`;
  return (
    <span class={answers ? "explains" : "tone-bad"}>
      {answers ? "The SMTP server answers" : `The SMTP server does not answer: ${problem}`}
      {queued > 0 && `; ${queued} wait${oldest}`}
    </span>
  );
}

function Deliveries({ notify, mail, route }: DeliveriesProps) {
  const state = states.find((each) => each === route.query.get("state"));
  const addressOf = (page: string) => `${mailApi(notify)}${queryOf({ state, page, size: "50" })}`;
  const paged = usePaged<DeliveryView>(addressOf);
  const all = joinDeliveries(mail?.newest ?? [], paged.entries);
  const shown = state === undefined ? all : all.filter((each) => each.state === state);
  return (
    <>
      {shown.length > 0 && (
        <ul class="mails">
          {shown.map((each) => (
            <Entry key={each.key} delivery={each} route={route} />
          ))}
        </ul>
      )}
      <MoreButton paged={{ ...paged, entries: shown }} what="mails" />
    </>
  );
}

interface DeliveriesProps {
  readonly notify: string;
  readonly mail: MailView | undefined;
  readonly route: Route;
}

function Entry({ delivery, route }: { readonly delivery: DeliveryView; readonly route: Route }) {
  const { toldBy, key, state, subject, recipients, refusedRecipients, attempts } = delivery;
  const isShown = route.query.get("key") === key;
  const query = { ...Object.fromEntries(route.query), key };
  return (
    <li class={isShown ? "is-shown" : ""} data-key={key} data-state={state}>
      <p>
        <Mark word={deliveryWord(state)} />{" "}
        <a href={hrefOf("mail", toldBy, query)} aria-current={isShown ? "true" : undefined}>
          {subject}
        </a>
      </p>
      <p class="explains">
        <Instant atMs={delivery.acceptedAtMs} /> · to {recipients.join(", ")} · {attempts}{" "}
        {attempts === 1 ? "attempt" : "attempts"}
      </p>
      {refusedRecipients.length > 0 && (
        <p class="tone-warn">Refused: {refusedRecipients.join(", ")}</p>
      )}
      {state !== "SENT" && delivery.lastAnswer !== "" && (
        <p class="tone-bad">{delivery.lastAnswer}</p>
      )}
    </li>
  );
}
