import { openImage } from "@clidim/imaging";
import { describe, expect, it } from "vitest";
import type { OpenedImage } from "../../packages/app/src/engine/engine.js";
import { placeIn } from "../../packages/app/src/engine/placeIn.js";
import { captures } from "../../packages/app/src/page/session/training.js";
import { placeText } from "../../packages/app/src/page/stage/placeText.js";
import { describeImage } from "../../packages/app/src/worker/images/describeImage.js";
import { countedBytes, handmadeTiff } from "../../packages/imaging/test/formats/handmadeTiff.js";

/** A TIFF of so many pages with a description, as the page is told of it. */
async function described(description: string, pages: number): Promise<OpenedImage> {
  const tiff = handmadeTiff({ width: 4, height: 3, pages, blocks: 3, description });
  return describeImage("image-1", await openImage("a.tif", countedBytes(tiff)));
}

const ome = (c: number, t: number): string =>
  `<?xml version="1.0"?><OME xmlns="x"><Image><Pixels ID="Pixels:0" DimensionOrder="XYCZT" SizeC="${c}" SizeZ="1" SizeT="${t}" SizeX="4" SizeY="3">` +
  `<Channel ID="Channel:0:0" Name="DAPI"/><Channel ID="Channel:0:1" Name="GFP"/><TiffData/></Pixels></Image></OME>`;

describe("an acquisition that was stopped", () => {
  it("has the channels and time points that its file says, and of each plane where it belongs", async () => {
    const image = await described(ome(2, 10), 19);
    expect(image).toMatchObject({
      axes: ["T", "Y", "X"],
      summary: "16-bit TIFF, 19 of 20 planes (10 time points, 2 channels) of 4 x 3 pixels",
      channels: ["DAPI", "GFP"],
    });
    expect(image.axesDoubtful).toBeUndefined();
    expect(captures(image)).toBe(10);
    expect(placeIn(image, { T: 5 })).toEqual({ T: 2, C: 1 });
    expect(placeText(image, { T: 5 })).toBe("GFP, time 3");
  });

  it("is so where channels have no names", async () => {
    const image = await described("ImageJ=1.54f\nimages=20\nchannels=2\nframes=10\nhyperstack=true\n", 19);
    expect([image.channels, image.axesDoubtful]).toEqual([["0", "1"], undefined]);
    expect(placeText(image, { T: 18 })).toBe("channel 1, time 10");
  });

  it("has the planes of a full image where they are", async () => {
    const image = await described(ome(2, 10), 20);
    expect([image.sparse, image.summary]).toEqual([
      undefined,
      "16-bit TIFF, 10 time points, 2 channels of 4 x 3 pixels",
    ]);
    expect(placeIn(image, { T: 5, C: 1 })).toEqual({ T: 5, C: 1 });
  });
});

describe("what planes are", () => {
  it("is asked where the file does not say it, and not where it does", async () => {
    const doubtful = async (description: string): Promise<boolean> =>
      (await described(description, 5)).axesDoubtful === true;
    for (const unsaid of ["by hand", "ImageJ=1.54f\nimages=5\n", '{"shape": [5, 3, 4]}'])
      expect(await doubtful(unsaid), unsaid).toBe(true);
    for (const said of [
      "ImageJ=1.54f\nimages=5\nframes=5\n",
      "ImageJ=1.54f\nimages=5\nfinterval=2\nunit=um\n",
      ome(1, 5),
      '{"shape": [5, 3, 4], "axes": "TYX"}',
    ])
      expect(await doubtful(said), said).toBe(false);
  });
});
