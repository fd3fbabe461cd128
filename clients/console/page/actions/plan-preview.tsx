// What a move will do, as the monitor tells it now: the server as it is, and each step of its flow.

import type { PreviewRequest, PreviewView } from "../../src/view/action.ts";
import type { ServerView } from "../../src/view/server.ts";
import type { Answer } from "../gateway/answer.ts";
import { useAnswer } from "../gateway/answer.ts";
import { serverApi } from "../gateway/api.ts";
import { Told } from "../gateway/told.tsx";

export function usePreview(
  server: ServerView,
  action: PreviewRequest["action"],
): Answer<PreviewView> {
  const body: PreviewRequest = { action };
  // What would happen changes with what has happened.
  const after = `${server.state} ${server.assignment} ${server.term}`;
  return useAnswer<PreviewView>(`${serverApi(server)}/preview`, { body, after });
}

export function PlanPreview({ answer, intro }: PlanPreviewProps) {
  return (
    <section class="preview" aria-label="What will happen">
      <p>{intro}</p>
      <Told answer={answer}>
        {({ caseName, steps, notes }) => (
          <>
            <ol class="plan">
              {caseName === "" && <li>No case of the flow is picked: it does nothing.</li>}
              {steps.map(({ description }, index) => (
                <li key={index}>{description}</li>
              ))}
            </ol>
            {notes.length > 0 && (
              <ul class="lines explains">
                {notes.map((each) => (
                  <li key={each}>{each}</li>
                ))}
              </ul>
            )}
          </>
        )}
      </Told>
    </section>
  );
}

interface PlanPreviewProps {
  readonly answer: Answer<PreviewView>;
  readonly intro: string;
}
