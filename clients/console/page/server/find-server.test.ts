import { expect, test } from "vitest";
import { findServerKey } from "./find-server.ts";

const keys = ["backup-1/primary-1", "backup-2/primary-1", "backup-2/primary-2"];

test("a server is found by its id, and one of a certain monitor by both", () => {
  expect(findServerKey("primary-2", keys)).toBe("backup-2/primary-2");
  expect(findServerKey("backup-2/primary-1", keys)).toBe("backup-2/primary-1");
  expect(findServerKey("primary-1", keys)).toBe("backup-1/primary-1");
});

test("nothing is found that is not there", () => {
  expect(findServerKey("mary-1", keys)).toBeUndefined();
});
