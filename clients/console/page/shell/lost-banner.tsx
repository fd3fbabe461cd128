// Says that nothing on the page is known to hold any more, and how old it is.

import { contact, lastEventMs } from "../stream/contact.ts";
import { tick } from "../stream/page-clock.ts";
import { printSpan } from "../words/span.ts";

export function LostBanner() {
  const isLost = contact.value === "lost";
  return (
    <div role="alert">
      {isLost && (
        <div class="lost" data-contact="lost">
          <strong>Connection lost</strong>
          <span aria-hidden="true">
            <Age />
          </span>
          <span>The console's gateway does not answer; your servers may be well.</span>
        </div>
      )}
    </div>
  );
}

// By itself, so that it does not interrupt who listens to the page twice a second.
function Age() {
  const lastMs = lastEventMs.value;
  if (lastMs === undefined) return <>Nothing was ever heard.</>;
  return <>All you see is {printSpan(tick.value - lastMs)} old.</>;
}
