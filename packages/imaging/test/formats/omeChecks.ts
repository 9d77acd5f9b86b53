import { DOMParser, type Element } from "@xmldom/xmldom";
import { expect } from "vitest";

export const childrenOf = (parent: Element, name: string): Element[] =>
  [...parent.childNodes].filter((node) => (node as Element).localName === name) as Element[];

const below = (parent: Element): Element[] =>
  [...parent.childNodes]
    .filter((node) => node.nodeType === 1)
    .flatMap((node) => [node as Element, ...below(node as Element)]);

/**
 * Checks a description of OME's as its schema and its readers do: that it is well-formed, names what has to be there, has each identifier once and refers to what there is, and that every
 * image's extents are those of the planes that it finds in the file, each page once. Returns the root.
 */
export function checkedOme(text: string, pageCount: number): Element {
  const root = new DOMParser({
    onError: (_level, message) => {
      throw new Error(message);
    },
  }).parseFromString(text, "application/xml").documentElement!;
  expect(root.getAttribute("UUID")).toMatch(/^urn:uuid:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  const all = below(root);
  const refersTo = (element: Element): boolean => /Ref$|^ChannelRef$/.test(element.localName ?? "");
  const ids = all.filter((e) => !refersTo(e)).flatMap((e) => e.getAttribute("ID") ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  for (const reference of all.filter(refersTo)) expect(ids).toContain(reference.getAttribute("ID"));
  const found: number[] = [];
  for (const image of childrenOf(root, "Image")) {
    expect(image.getAttribute("ID")).toMatch(/^Image:/);
    const [pixels, ...others] = childrenOf(image, "Pixels");
    expect(others).toEqual([]);
    for (const name of ["ID", "DimensionOrder", "Type", "SizeX", "SizeY"]) {
      expect([name, pixels!.getAttribute(name)]).not.toEqual([name, null]);
    }
    const order = pixels!.getAttribute("DimensionOrder")!;
    expect([...order].toSorted().join("")).toBe("CTXYZ");
    const size = (axis: string): number => Number(pixels!.getAttribute(`Size${axis}`));
    const planes = size("C") * size("Z") * size("T");
    expect(childrenOf(pixels!, "Channel")).toHaveLength(size("C"));
    // The schema's order: channels, where the pixels are, planes.
    const names = [...pixels!.childNodes].flatMap((node) => (node as Element).localName ?? []);
    const runs = names.filter((name, i) => name !== names[i - 1]);
    expect(runs).toEqual(["Channel", "TiffData", "Plane"].filter((name) => runs.includes(name)));
    let counted = 0;
    for (const data of childrenOf(pixels!, "TiffData")) {
      expect(childrenOf(data, "UUID")).toEqual([]);
      const count = Number(data.getAttribute("PlaneCount"));
      for (let k = 0; k < count; k++) found.push(Number(data.getAttribute("IFD")) + k);
      for (const axis of ["C", "Z", "T"])
        expect(Number(data.getAttribute(`First${axis}`))).toBeLessThan(size(axis));
      counted += count;
    }
    expect(counted).toBe(planes);
    const places = childrenOf(pixels!, "Plane").map((plane) =>
      ["TheC", "TheZ", "TheT"].map((name) => plane.getAttribute(name)).join(),
    );
    expect(new Set(places).size).toBe(places.length);
    for (const plane of childrenOf(pixels!, "Plane")) {
      for (const axis of ["C", "Z", "T"])
        expect(Number(plane.getAttribute(`The${axis}`))).toBeLessThan(size(axis));
    }
  }
  expect(found.toSorted((a, b) => a - b)).toEqual(Array.from({ length: pageCount }, (_, i) => i));
  return root;
}
