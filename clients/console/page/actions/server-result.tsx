// What came of an action: the server after the decision, and where to watch what follows.

import type { ServerView } from "../../src/view/server.ts";
import { Mark } from "../words/mark.tsx";
import { assignmentText, stateWord } from "../words/state-words.ts";

export function ServerResult({ server, text }: ServerResultProps) {
  const { serverId, assignment, term } = server;
  return (
    <>
      <p>
        <strong>{text}</strong>
      </p>
      <p>
        {serverId} is <Mark word={stateWord(server, true)} /> under term {term}. Its channels belong
        to <strong>{assignmentText(assignment)}</strong>.
      </p>
      <p class="explains">The page behind this dialog shows what follows as it happens.</p>
    </>
  );
}

interface ServerResultProps {
  readonly server: ServerView;
  readonly text: string;
}
