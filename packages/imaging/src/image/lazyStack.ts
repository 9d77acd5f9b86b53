import { type FileSpec, fileSpecText } from "./fileSpec.js";
import type { Image, PixelType } from "./image.js";
import { InputError } from "./inputError.js";
import type { Rectangle } from "./regions.js";
import { type ImageSource, pageCountOf, pageRegion, pageSizeOf, type ReadOptions } from "./source.js";

export interface ReadPageOptions extends ReadOptions {
  /** The part of the page that is wanted. Default: all of it. */
  readonly window?: Rectangle;
  /** What is done with pixels that are NaN or infinite. "refuse" (the default): an `InputError`. */
  readonly missing?: MissingPolicy;
}

/** What is done with pixels that are NaN or infinite: they are an `InputError`, or stay. */
export type MissingPolicy = "refuse" | "keep";

/** A `Stack` whose pages are read when they are asked for, one by one: those of a source, in the order of the file. */
export interface LazyStack {
  /** What messages call it: the path, with the page range where one was given. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly dtype: PixelType;
  readonly pageCount: number;
  readonly source: ImageSource;
  /** A page or a window of it. A NaN or an infinite pixel is an `InputError` unless it is asked for, as is a damaged file. */
  readPage(index: number, options?: ReadPageOptions): Promise<Image>;
  /** Closes the source. */
  close(): Promise<void>;
}

/** The pages of a source. `range` is the one that the source was opened with, for messages. */
export function lazyStack(source: ImageSource, range?: FileSpec["range"]): LazyStack {
  const name = fileSpecText({ path: source.name, ...(range && { range }) });
  const size = pageSizeOf(source);
  const pageCount = pageCountOf(source);
  return {
    name,
    ...size,
    dtype: source.dtype,
    pageCount,
    source,
    readPage: async (index, { window, signal, missing = "refuse" } = {}) => {
      if (!(index >= 0 && index < pageCount)) {
        throw new Error(`readPage: ${name} has ${pageCount} pages, got index ${index}`);
      }
      const { dtype, data } = await source.read(pageRegion(source, index, window), {
        ...(signal && { signal }),
      });
      const { width, height } = window ?? size;
      // `dtype` and `data` come from one block, which the type of a pair of variables no longer says.
      const image = { width, height, dtype, data } as Image;
      if (missing === "refuse")
        checkFinite(image, `${source.name}: page ${(range?.first ?? 0) + index}`, window);
      return image;
    },
    close: () => source.close(),
  };
}

/** The pages of a stack one after the other; the one before is not held. */
export async function* readPages(stack: LazyStack, options: ReadOptions = {}): AsyncGenerator<Image> {
  for (let index = 0; index < stack.pageCount; index++) yield await stack.readPage(index, options);
}

function checkFinite({ dtype, data, width }: Image, page: string, window: Rectangle | undefined): void {
  if (dtype !== "float32") return;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]!)) continue;
    const [x, y] = [(window?.x ?? 0) + (i % width), (window?.y ?? 0) + Math.floor(i / width)];
    throw new InputError(`${page} has a pixel that is ${data[i]} (x ${x}, y ${y}), expected finite values`);
  }
}
