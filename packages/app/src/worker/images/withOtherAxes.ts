import {
  type Axis,
  type ImageSource,
  InputError,
  pageCountOf,
  pageRegion,
  planarSource,
} from "@clidim/imaging";

/**
 * The same pages along other axes, by their letters: "TZYX". As many as the image has, or, of a file that says how many steps its pages have along axes which it does not name, as many as that. What the file says of
 * its axes is not true of these; of rows and columns it is.
 */
export function withOtherAxes(source: ImageSource, letters: string): ImageSource {
  const { name, format, dtype, metadata } = source;
  const pages = [...letters.toUpperCase().replace(/YX$/, "")].flatMap(axisOf);
  const axes: Axis[] = [...pages, "Y", "X"];
  const wrong =
    !letters.toUpperCase().endsWith("YX") ||
    axes.length !== letters.length ||
    pages.some((axis, i) => pages.indexOf(axis) !== i);
  const extents = [source.shape.slice(0, -2), ...(metadata.unnamed ? [metadata.unnamed] : [])].find(
    (shape) => shape.length === pages.length && shape.reduce((a, b) => a * b, 1) === pageCountOf(source),
  );
  if (wrong || !extents) {
    throw new InputError(
      `${name}: expected ${source.axes.length} axes, each of T, C and Z at most once, and Y and X at the end; got ${letters}`,
    );
  }
  const { calibration: { X, Y } = {}, text, nodata } = metadata;
  return planarSource({
    ...{ name, format, dtype, axes, shape: [...extents, ...source.shape.slice(-2)] },
    chunks: [...pages.map(() => 1), ...source.chunks.slice(-2)],
    metadata: {
      ...((X ?? Y) && { calibration: { ...(Y && { Y }), ...(X && { X }) } }),
      ...(text !== undefined && { text }),
      ...(nodata !== undefined && { nodata }),
    },
    readPlane: async (index, window, options) =>
      (await source.read(pageRegion(source, index, window), options)).data,
    close: () => source.close(),
  });
}

const axisOf = (letter: string): readonly Axis[] =>
  (["T", "C", "Z"] as const).filter((axis) => axis === letter);
