// npm run sim -- --seeds N [--start SEED] [--json FILE]: tells N stories and reports what they
// found. npm run sim -- --seed SEED: tells one story, line by line. Exits 1 when a promise was
// broken.

import { type Arguments, readArguments, usage } from "./arguments.ts";
import { sabotages } from "./sabotages.ts";
import { switchOff } from "./switch-off.ts";
import type { Told } from "./told.ts";

const asked = readArguments(process.argv.slice(2));
if (typeof asked === "string") {
  console.error(`${asked}\n\n${usage}`);
  process.exitCode = 2;
} else {
  const { text, isKept } = await tell(asked);
  console.log(text);
  process.exitCode = isKept ? 0 : 1;
}

// What imports a core is imported after a rule of it was switched off.
async function tell(asked: Arguments): Promise<Told> {
  const edit = asked.sabotage === undefined ? undefined : sabotages[asked.sabotage].edit;
  if (edit !== undefined) switchOff(edit);
  if (asked.scenario !== undefined) {
    const { tellScenario } = await import("./scenarios/tell.ts");
    return tellScenario(asked.scenario, asked.sabotage);
  }
  if (asked.seed !== undefined) {
    const { tellStory } = await import("./story.ts");
    const { seed, sabotage, topology } = asked;
    const { trace, violations } = await tellStory({ seed, sabotage, topology, isTraced: true });
    return { text: trace.join("\n"), isKept: violations.length === 0 };
  }
  const { tellMany } = await import("./tell-many.ts");
  return tellMany(asked);
}
