import { readdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { whenReleased } from "../../src/files/whenReleased.js";
import { InputError } from "../../src/image/inputError.js";

const folder = temporaryFolder();
const path = join(folder, "denoised.json");
const error = (code: string): Error => Object.assign(new Error(code), { code });

/** A system whose clock is what was waited for, and work on a file that is held for so long. */
function held(milliseconds: number, code: string, platform: NodeJS.Platform = "win32") {
  let [now, tries] = [0, 0];
  const wait = async (next: number): Promise<void> => {
    now += next;
  };
  const work = async (): Promise<string> => {
    tries++;
    if (now < milliseconds) throw error(code);
    return "done";
  };
  return { work, system: { platform, wait }, tries: () => tries, now: () => now };
}

test.each(["EPERM", "EACCES", "EBUSY"])(
  "a file that Windows holds for a moment is waited for: %s",
  async (code) => {
    const { work, system, tries } = held(3000, code);
    expect(await whenReleased(path, work, system)).toBe("done");
    expect(tries()).toBeGreaterThan(3);
  },
);

test("one that is held on is of this file alone, where its folder takes others, and nothing is left there", async () => {
  const { work, system, now } = held(Number.POSITIVE_INFINITY, "EPERM");
  const refused = whenReleased(path, work, system);
  await expect(refused).rejects.toThrow(InputError);
  await expect(refused).rejects.toMatchObject({
    message: `write ${path}: another program holds it, or it is write-protected; close it there and try again`,
    file: path,
    cause: { code: "EPERM" },
  });
  expect(now()).toBeGreaterThanOrEqual(5000);
  expect(now()).toBeLessThan(6000);
  expect(readdirSync(folder)).toEqual([]);
  // Where nothing can be made, it is of the place.
  const nowhere = held(Number.POSITIVE_INFINITY, "EPERM");
  const inNone = whenReleased(join(folder, "none", "a.json"), nowhere.work, nowhere.system);
  await expect(inNone).rejects.not.toBeInstanceOf(InputError);
  await expect(inNone).rejects.toMatchObject({ code: "EPERM" });
});

test("what says something else, and what another system says, is thrown at once", async () => {
  for (const { work, system, tries } of [held(9, "ENOSPC"), held(9, "EEXIST"), held(9, "EPERM", "linux")]) {
    await expect(whenReleased(path, work, system)).rejects.not.toBeInstanceOf(InputError);
    expect(tries()).toBe(1);
  }
});
