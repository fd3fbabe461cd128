// What was refused, why, and what to do next: the same wherever something was asked for.

import type { Refusal } from "./ask.ts";

export function RefusalNote({ refusal, again }: RefusalNoteProps) {
  const { message, reason, violations, next } = refusal.problem;
  return (
    <div class="refusal" role="alert" data-reason={reason}>
      <p>
        <strong>{message}</strong>
      </p>
      {violations.length > 0 && (
        <ul>
          {violations.map(({ field, description, line }) => (
            <li key={`${field} ${description}`}>
              {line !== undefined && <>line {line}: </>}
              {field !== "" && <code>{field}</code>} {description}
            </li>
          ))}
        </ul>
      )}
      {next !== "" && <p class="explains">What to do: {next}</p>}
      {again !== undefined && (
        <p>
          <button type="button" onClick={again}>
            Ask again
          </button>
        </p>
      )}
    </div>
  );
}

interface RefusalNoteProps {
  readonly refusal: Refusal;
  readonly again?: () => void;
}
