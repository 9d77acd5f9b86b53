import { afterEach, expect, test, vi } from "vitest";
import { announceLong } from "../../src/training/announceLong.js";

afterEach(() => vi.restoreAllMocks());

test("what takes long is announced once, after the first of it, with the time that the rest will take", () => {
  const clock = vi.spyOn(performance, "now");
  const said: string[] = [];
  const during = (each: number, count: number): void => {
    let now = 0;
    clock.mockImplementation(() => now);
    const announce = announceLong("Calibrating", count, (sentence) => said.push(sentence));
    for (let done = 1; done <= count; done++) {
      now += each;
      announce(done);
    }
  };
  during(100, 32);
  during(60_000, 1);
  expect(said).toEqual([]);
  during(6_200, 32);
  expect(said).toEqual(["Calibrating: some 193 s"]);
});
