// Views of one kind by their names. Each is a signal of its own, so that one server that changes
// draws one server anew and not five hundred.

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";

export interface ViewMap<View> {
  /** The names, sorted; changes only when one comes or goes. */
  readonly names: ReadonlySignal<readonly string[]>;
  /** All views in the order of their names; changes with each of them. */
  readonly all: ReadonlySignal<readonly View[]>;
  /** One view, also of a name that is not known yet. */
  of(name: string): ReadonlySignal<View | undefined>;
  /** Forgets all but these. */
  replace(views: readonly View[]): void;
  /** Takes in what is new. */
  merge(views: readonly View[]): void;
  remove(names: readonly string[]): void;
}

export function createViewMap<View>(nameOf: (view: View) => string): ViewMap<View> {
  const cells = new Map<string, Signal<View | undefined>>();
  const names = signal<readonly string[]>([]);
  const cellOf = (name: string) => {
    const cell = cells.get(name) ?? signal<View | undefined>(undefined);
    if (!cells.has(name)) cells.set(name, cell);
    return cell;
  };
  const tellNames = () => {
    const known = [...cells].flatMap(([name, { value }]) => (value === undefined ? [] : [name]));
    const sorted = known.toSorted((a, b) => (a < b ? -1 : 1));
    const isSame = sorted.length === names.value.length && sorted.every(isAt(names.value));
    if (!isSame) names.value = sorted;
  };
  const take = (views: readonly View[]) => {
    let isNew = false;
    for (const view of views) {
      const cell = cellOf(nameOf(view));
      isNew ||= cell.peek() === undefined;
      cell.value = view;
    }
    return isNew;
  };
  return {
    names,
    all: computed(() => names.value.flatMap((name) => cellOf(name).value ?? [])),
    of: cellOf,
    replace: (views) =>
      batch(() => {
        const kept = new Set(views.map(nameOf));
        for (const [name, cell] of cells) if (!kept.has(name)) cell.value = undefined;
        take(views);
        tellNames();
      }),
    merge: (views) => batch(() => take(views) && tellNames()),
    remove: (gone) =>
      batch(() => {
        for (const name of gone) cellOf(name).value = undefined;
        tellNames();
      }),
  };
}

function isAt(names: readonly string[]) {
  return (name: string, index: number) => names[index] === name;
}
