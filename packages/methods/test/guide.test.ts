import { fitConfigured, resolveConfiguration } from "@clidim/denoise";
import { pageInMemory, simulateScenes } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { methods } from "../src/registry.js";

describe.each(methods.all)("the guide to $name", ({ guide: { gives, when, cannot } }) => {
  test("goes on after the words that stand before it, without a full stop", () => {
    for (const words of [...gives, when, cannot]) expect(words).toMatch(/^\S.{8,}[^.\s]$/);
  });
});

test.each(methods.trained)(
  "every preset of $name says what it is for, and how long it takes",
  ({ space }) => {
    expect(Object.keys(space.presetGuide)).toEqual(space.presets);
    for (const sentence of Object.values(space.presetGuide)) {
      expect(sentence).toMatch(/^[A-Z][^.]{20,120}\b(minutes|hours?|days?)\b[^.]*\.$/);
    }
  },
);

test.each(methods.trained)(
  "of $name, gives uncertainty where a preset has passes that differ or a deviation",
  async (method) => {
    const { guide, space } = method;
    const scenes = simulateScenes({ seed: 3, size: 64, scenes: 2, frames: 3 });
    const pages = scenes.flatMap(({ noisy }) => noisy);
    const images = scenes.map(({ name, noisy }) => ({ name, noisy: noisy.map(pageInMemory) }));
    const differ = await Promise.all(
      space.presets.map(async (preset) => {
        const asked = resolveConfiguration(method, preset);
        const normalization = fitConfigured(pages, asked);
        const configuration = (await method.prepare?.(asked, { scenes: images, normalization })) ?? asked;
        return typeof method.sampled(configuration) === "function";
      }),
    );
    expect(guide.gives.some((words) => words.includes("uncertainty"))).toBe(differ.includes(true));
  },
);
