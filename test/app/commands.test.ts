import { describe, expect, it, vi } from "vitest";
import { channelWord } from "../../packages/app/src/engine/channelWord.js";
import type { DenoiseRequest } from "../../packages/app/src/engine/engine.js";
import { commandLine } from "../../packages/app/src/worker/commandLine.js";
import { denoiseCommand } from "../../packages/app/src/worker/denoising/denoiseCommand.js";
import type { RunRecord } from "../../packages/app/src/worker/training/runRecord.js";
import { trainCommand } from "../../packages/app/src/worker/training/trainCommand.js";

/** What a browser on a machine says of itself. */
const onMachine = (userAgent: string, run: () => string): string => {
  vi.stubGlobal("navigator", { userAgent });
  try {
    return run();
  } finally {
    vi.unstubAllGlobals();
  }
};
const LINUX = "Mozilla/5.0 (X11; Linux x86_64)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";

describe("a command line that is shown", () => {
  it("is words of a shell, in the quotation marks that it knows", () => {
    const words = ["denoise", "plain.tif", "my cells.tif", "it's.tif", "a,b"];
    expect(commandLine(words, false)).toBe(`npx clidim denoise plain.tif 'my cells.tif' 'it'\\''s.tif' a,b`);
    expect(commandLine(words, true)).toBe(`npx clidim denoise plain.tif "my cells.tif" "it's.tif" "a,b"`);
  });

  it("denoises the channel alone that the page denoises, and takes no file for an option", () => {
    const request = { job: "j", image: "i", by: { kind: "model", run: "-my run" } } satisfies DenoiseRequest;
    const command = () => denoiseCommand(request, "-cells.tif", true, "name:GFP");
    expect(onMachine(LINUX, command)).toBe(
      "npx clidim denoise --model './-my run.safetensors' --channel name:GFP --report --out denoised ./-cells.tif",
    );
    expect(onMachine(WINDOWS, command)).toContain(`--model "./-my run.safetensors"`);
    const ownRange = () => denoiseCommand({ ...request, normalization: "image" }, "a.tif", false);
    expect(onMachine(LINUX, ownRange)).toContain("--normalization image --out denoised a.tif");
  });

  it("trains on what was trained on", () => {
    const record: RunRecord = {
      format: "clidim-run",
      formatVersion: 1,
      ...{ run: "-r", method: "care", seed: 0, channel: "index:1", values: { batch: 4 } },
      ...{ noisy: ["/storage/a.tif"], clean: ["/storage/b.tif"] },
      names: { noisy: ["-a.tif"], clean: ["b.tif"] },
    };
    expect(onMachine(LINUX, () => trainCommand(record))).toBe(
      "npx clidim train --method care --batch 4 --channel index:1 --out ./-r --noisy ./-a.tif --clean b.tif",
    );
  });
});

describe("the word for a channel", () => {
  it("is its name where no other has it, else its index", () => {
    const words = (...names: readonly string[]): string[] => names.map((_, i) => channelWord(names, i));
    expect(words("DAPI", "GFP")).toEqual(["name:DAPI", "name:GFP"]);
    expect(words("0", "1")).toEqual(["index:0", "index:1"]); // as those without names are called
    expect(words("1", "0", "DAPI")).toEqual(["name:1", "name:0", "name:DAPI"]);
    expect(words("GFP", "GFP")).toEqual(["index:0", "index:1"]);
  });
});
