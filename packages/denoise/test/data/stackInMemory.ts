import { type Plane, pageInMemory } from "@clidim/imaging";
import type { PageStack } from "../../src/data/stackFiles.js";

/** Captures as a file of them would be. */
export function stackInMemory(name: string, planes: readonly Plane[]): PageStack {
  const { width, height } = planes[0]!;
  const extents = planes.length > 1 ? [{ axis: "T" as const, extent: planes.length }] : [];
  return {
    ...{ name, width, height, extents, channels: [{ index: 0 }], spec: { path: name } },
    pages: planes.map(pageInMemory),
  };
}
