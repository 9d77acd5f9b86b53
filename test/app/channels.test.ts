import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { modelChannel } from "../../packages/app/src/worker/denoising/modelChannel.js";
import { reportOf, trustChecks } from "../../packages/app/src/worker/denoising/trustChecks.js";
import { addDropped } from "../../packages/app/src/worker/node/droppedFiles.js";

describe("the channel that a model denoises", () => {
  const image = (...channels: readonly (string | undefined)[]) =>
    ({
      ...{ axes: ["C", "Y", "X"], shape: [channels.length, 8, 8] },
      metadata: { channels: channels.map((name) => name ?? "") },
    }) as const;
  const indexIn = (source: ReturnType<typeof image>, ...asked: readonly unknown[]) =>
    modelChannel(source as never, ...(asked as [never, never]))?.index; // as far as it is looked at

  it("is the one that it was trained on, where the image has it", () => {
    expect(indexIn(image("DAPI", "GFP"), { index: 0, name: "GFP" }, 0)).toBe(1);
    expect(indexIn(image("GFP", "GFP"), { index: 1, name: "GFP" }, 0)).toBe(1);
    expect(indexIn(image(undefined, undefined), { index: 1 }, 0)).toBe(1);
  });

  it("is else the one that is shown", () => {
    expect(indexIn(image("DAPI", "GFP", "mCherry"), { index: 0, name: "actin" }, 2)).toBe(2);
    expect(indexIn(image("DAPI", "GFP"), { index: 0 }, 1)).toBe(1);
    expect(indexIn(image("DAPI", "GFP"), { index: 0 }, undefined)).toBe(0);
  });

  it("is none of several where the model was trained on all, or there is one", () => {
    expect(indexIn(image("DAPI", "GFP"), undefined, 1)).toBeUndefined();
    expect(indexIn(image("DAPI"), { index: 3, name: "GFP" }, 0)).toBeUndefined();
  });
});

describe("what the reports of several channels say", () => {
  const report = (...findings: readonly (readonly string[])[]): File =>
    new File(
      [
        JSON.stringify({
          pages: findings.map((found, page) => ({
            ...{ page, findings: found, flux: { ratio: 1.01 } },
            autocorrelation: { highest: { value: 0.02 } },
          })),
        }),
      ],
      "report.json",
    );
  const checksOf = (reports: Readonly<Record<string, File>>) => {
    const root = addDropped(Object.values(reports).map((file, i) => ({ path: `${i}.json`, file })));
    return trustChecks(
      Object.keys(reports).map((channel, i) => ({
        path: `${root}/${i}.html`,
        ...(channel !== "" && { channel }),
      })),
    );
  };

  it("is said with the channel and the page", async () => {
    const checks = await checksOf({
      GFP: report(["it is darker"]),
      "Channel 2": report([], ["it is darker"]),
    });
    expect(checks).toEqual([
      { sentence: "GFP: it is darker.", stands: "out" },
      { sentence: "Channel 2, page 2: it is darker.", stands: "out" },
    ]);
    expect(await checksOf({ "": report(["it is darker"]) })).toEqual([
      { sentence: "it is darker.", stands: "out" },
    ]);
    expect(await checksOf({ "": report([], []) })).toMatchObject([
      { stands: "fine" },
      { sentence: expect.stringContaining("101.0 %") },
      { stands: "fine" },
    ]);
  });

  it("goes into an archive without the folders that are in the worker alone", async () => {
    const page = (name: string) => new File([`<p>/dropped/7/${name}</p>`], name);
    const root = addDropped(["a.html", "b.html"].map((path) => ({ path, file: page(path) })));
    const archive = await reportOf([`${root}/a.html`, `${root}/b.html`], "cells");
    const files = unzipSync(new Uint8Array(await archive!.blob.arrayBuffer()));
    const texts = Object.entries(files).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
    expect([archive!.name, texts]).toEqual([
      "cells.reports.zip",
      [
        ["a.html", "<p>a.html</p>"],
        ["b.html", "<p>b.html</p>"],
      ],
    ]);
  });
});
