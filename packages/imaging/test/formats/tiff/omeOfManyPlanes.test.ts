import { expect, test, vi } from "vitest";
import { elementsIn, parseOme } from "../../../src/formats/tiff/omeDocument.js";
import { omeDescriptionOf } from "../../../src/formats/tiff/omeWritten.js";

const PLANES = 300;
const numbers = Array.from({ length: PLANES }, (_, t) => t);
const data = numbers.map(
  (t) => `<TiffData IFD="${PLANES - 1 - t}" FirstT="${t}" PlaneCount="1"><UUID>urn:uuid:1</UUID></TiffData>`,
);
const planes = numbers.map((t) => `<Plane TheC="0" TheZ="0" TheT="${t}" DeltaT="${t}"/>`);
const description =
  `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" ` +
  `SizeX="4" SizeY="4" SizeC="1" SizeZ="1" SizeT="${PLANES}"><Channel ID="Channel:0:0"/>${data.join("")}${planes.join("")}</Pixels></Image></OME>`;

test.each([
  ["all planes", numbers],
  ["every third plane", numbers.filter((t) => t % 3 === 0)],
  ["the planes in another order", numbers.toReversed()],
] as const)("of %s, the document's list of planes is gone through a few times, not for each", (_, times) => {
  // These go through all children of a parent.
  const element = Object.getPrototypeOf(parseOme(description)!.documentElement);
  const [removals, insertions] = [vi.spyOn(element, "removeChild"), vi.spyOn(element, "insertBefore")];
  const places = times.map((T) => ({ image: 0, C: 0, Z: 0, T }));
  const header = { axes: ["T", "Y", "X"], shape: [times.length, 4, 4], dtype: "uint8" } as const;
  const written = parseOme(omeDescriptionOf(description, header, places)!)!;
  const inside = insertions.mock.calls.filter(([, before]) => before !== null);
  expect(removals.mock.calls.length + inside.length).toBeLessThan(4);
  removals.mockRestore();
  insertions.mockRestore();

  const [pixels] = elementsIn(elementsIn(written.documentElement!, "Image")[0]!, "Pixels");
  expect(elementsIn(pixels!).map(({ localName }) => localName)).toEqual([
    "Channel",
    ...elementsIn(pixels!, "TiffData").map(() => "TiffData"),
    ...times.map(() => "Plane"),
  ]);
  const sorted = times.toSorted((a, b) => a - b);
  const described = elementsIn(pixels!, "Plane").map((plane) => Number(plane.getAttribute("DeltaT")));
  expect(described).toEqual(sorted);
  const first = elementsIn(pixels!, "TiffData")[0]!;
  expect(first.getAttribute("FirstT")).toBe(String(sorted.indexOf(times[0]!)));
  expect(first.getAttribute("IFD")).toBe("0");
});
