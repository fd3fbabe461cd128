import { expect, test } from "vitest";
import { hrefOf, placeNames, readRoute } from "./route.ts";

test("an empty address is the overview", () => {
  for (const hash of ["", "#", "#/"]) expect(readRoute(hash)).toMatchObject({ place: "overview" });
});

test("an address that names no page is told from one that does", () => {
  expect(readRoute("#/nowhere").place).toBeUndefined();
});

test.each(placeNames)("an address of %s leads back to it", (place) => {
  const id = "a/b ?#%";
  // The overview is about no one thing.
  const about = place === "overview" ? undefined : id;
  const { query, ...route } = readRoute(hrefOf(place, about, { run: "x&y", none: undefined }));
  expect(route).toEqual({ place, id: about });
  expect([...query]).toEqual([["run", "x&y"]]);
});

test("an address that is no encoding is read as it is typed", () => {
  expect(readRoute("#/server/100%")).toMatchObject({ place: "server", id: "100%" });
});
