// A field for YAML with numbered lines. Lines with something wrong are marked, and say what below.

import type { ViolationView } from "../../src/view/problem.ts";

export function YamlField({ id, yaml, violations, onYaml }: YamlFieldProps) {
  const lines = yaml.split("\n");
  const wrong = new Set(violations.map(({ line }) => line));
  return (
    <div class="field">
      <label htmlFor={id}>Definition file</label>
      <div class="yaml">
        <ol class="yaml-lines" aria-hidden="true">
          {lines.map((_, index) => (
            <li key={index} class={wrong.has(index + 1) ? "is-wrong" : ""}>
              {index + 1}
            </li>
          ))}
        </ol>
        <textarea
          id={id}
          name="yaml"
          required
          spellcheck={false}
          wrap="off"
          rows={Math.max(8, lines.length + 1)}
          value={yaml}
          aria-invalid={violations.length > 0}
          onInput={({ currentTarget }) => onYaml(currentTarget.value)}
        />
      </div>
    </div>
  );
}

interface YamlFieldProps {
  readonly id: string;
  readonly yaml: string;
  readonly violations: readonly ViolationView[];
  readonly onYaml: (yaml: string) => void;
}
