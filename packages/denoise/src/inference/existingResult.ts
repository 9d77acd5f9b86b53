import { InputError, type LazyStack, lazyStack } from "@clidim/imaging";
import { openImageFile } from "@clidim/imaging/node";
import { programName } from "./resultRecord.js";

/** What a file says that lies where a result goes. */
export interface ExistingResult {
  /** Whether it says that this program has made it. */
  readonly own: boolean;
  /** Of a file that is no whole image of this kind: why. It goes on after the file's name. */
  readonly wrong?: string;
}

/** Looks at a file where the result of `input` goes. Nothing is decoded, so that damage in pixels is not seen. */
export async function existingResult(
  path: string,
  input: Pick<LazyStack, "width" | "height" | "pageCount">,
): Promise<ExistingResult> {
  let found: LazyStack;
  try {
    found = lazyStack(await openImageFile({ path }));
  } catch (error) {
    if (error instanceof InputError) return { own: false, wrong: `cannot be read (${error.message})` };
    throw error;
  }
  try {
    const own = madeBy(await found.source.software?.());
    const same =
      found.pageCount === input.pageCount && found.width === input.width && found.height === input.height;
    return { own, ...(!same && { wrong: `has ${sizesText(found)} where a result has ${sizesText(input)}` }) };
  } catch (error) {
    if (error instanceof InputError) return { own: false, wrong: `cannot be read (${error.message})` };
    throw error;
  } finally {
    await found.close();
  }
}

/** Whether an image does not say that this program has written it; `unreadable`: the answer for what cannot be read. */
export async function saysOther(
  path: string,
  { unreadable }: { readonly unreadable: boolean },
): Promise<boolean> {
  try {
    const source = await openImageFile({ path });
    try {
      return !madeBy(await source.software?.());
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof InputError) return unreadable;
    throw error;
  }
}

/** The job that a file says it is the result of (`ResultRecord.job`); undefined where it says none, or cannot be read. */
export async function jobOf(path: string): Promise<string | undefined> {
  try {
    const source = await openImageFile({ path });
    try {
      const mark = new RegExp(`(?:^|; |\\n)${programName()} \\S+ \\(job ([0-9a-f]{64})\\)`, "g");
      // The last one made it: its input may be a result as well.
      return [...((await source.software?.()) ?? "").matchAll(mark)].at(-1)?.[1];
    } finally {
      await source.close();
    }
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** What `provenanceOf` gives the formats, alone or behind other programs. */
const madeBy = (software = ""): boolean => new RegExp(`(?:^|; |\\n)${programName()} \\d`).test(software);

const sizesText = ({ width, height, pageCount }: Pick<LazyStack, "width" | "height" | "pageCount">): string =>
  `${pageCount} ${pageCount === 1 ? "page" : "pages"} of ${width} x ${height} pixels`;
