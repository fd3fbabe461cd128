// What a template is, and how one is found. Templates run at acceptance: what is in the outbox is
// final.

import {
  type Checked,
  checkWritten,
  type Content,
  type Problem,
  type TemplateValues,
  type Written,
} from "../core/email.ts";

/** Turns values into a finished message, or tells what is wrong with them. */
export interface Template {
  readonly name: string;
  /** The problems' fields are paths inside the values, such as "steps[0].kind". */
  render(values: TemplateValues): Checked<Written>;
}

/** The finished form of a content. A later template of the same name replaces an earlier one. */
export function createWriter(
  templates: readonly Template[],
): (content: Content) => Checked<Written> {
  const byName = new Map(templates.map((each) => [each.name, each]));
  return (content) => {
    if (content.kind === "written") return { isValid: true, value: content };
    const template = byName.get(content.name);
    if (template === undefined) return refuse([unknownTemplate([...byName.keys()])]);
    const rendered = template.render(content.values);
    if (!rendered.isValid) return refuse(rendered.problems.map(locate));
    const problems = checkWritten(rendered.value, "template.values");
    return problems.length > 0 ? refuse(problems.map(blameRendering)) : rendered;
  };
}

function refuse(problems: readonly Problem[]): Checked<Written> {
  return { isValid: false, problems };
}

function unknownTemplate(names: readonly string[]): Problem {
  const known = names.toSorted().join(", ");
  return { field: "template.name", description: `must be one of ${known}` };
}

function locate({ field, description }: Problem): Problem {
  return { field: field === "" ? "template.values" : `template.values.${field}`, description };
}

// The client gave values, not a subject: say that it is their rendering that does not fit.
function blameRendering({ field, description }: Problem): Problem {
  const part = field.slice("template.values.".length);
  return { field: "template.values", description: `give a ${part} that ${description}` };
}
