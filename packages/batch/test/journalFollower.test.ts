import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { Journal } from "../src/run/journal.js";
import { JournalFollower } from "../src/run/journalFollower.js";

test("says of each line that is new which results it speaks of, where two folders have jobs of one number", async () => {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  const job = "0".repeat(64);
  const journal = new Journal();
  const follower = new JournalFollower([a, b]);
  expect(await follower.poll()).toEqual([]);
  await journal.add(a, { job, attempt: 1, status: "failed", error: "busy", transient: true });
  expect(await follower.poll()).toMatchObject([{ out: a, entry: { job, status: "failed" } }]);
  await journal.add(b, { job, attempt: 1, status: "dead", error: "damaged" });
  expect(await follower.poll()).toMatchObject([{ out: b, entry: { job, status: "dead" } }]);
  expect(await follower.poll()).toEqual([]);
});
