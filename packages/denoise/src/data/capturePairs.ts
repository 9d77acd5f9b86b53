import { InputError } from "@clidim/imaging";
import { areCaptures, type Captures, pagesAlong, refuseChannels } from "./pageAxes.js";
import { type ImageAxes, listing, openAll, type Scene } from "./pairing.js";
import { type PageStack, pageName, type StackFiles } from "./stackFiles.js";
import { usableScenes } from "./usableScenes.js";

/**
 * Opens noisy files and second captures of what they show, file by file and page by page. Each page and its second capture are a scene of two captures. Axes and `InputError`s as those of `openScenes`; pairs of
 * which a page is blank are left out, which is told in `onWarning`.
 */
export async function openCapturePairs(
  noisy: readonly string[],
  second: readonly string[],
  files: StackFiles,
  { captures, ...selection }: ImageAxes = {},
  onWarning?: (sentence: string) => void,
): Promise<Scene[]> {
  const keep = { missing: "keep" } as const;
  const stacks = await openAll("noisy", noisy, files, selection, keep);
  const others = await openAll("second", second, files, selection, keep);
  for (const stack of [...stacks, ...others]) refuseChannels(stack, captures ?? []);
  const pairs = capturePairs(stacks, others, captures);
  const usable = await usableScenes(pairs, files.cache, onWarning, "leave out");
  const whole = usable.filter((scene) => scene.noisy.pages.length === 2);
  if (whole.length > 0) return whole;
  throw new InputError(
    `${pairs[0]!.name}: expected two captures that are not blank, got ${usable.length > 0 ? "one" : "none"}`,
    {
      keys: ["noisy", "second"],
    },
  );
}

function capturePairs(
  stacks: readonly PageStack[],
  others: readonly PageStack[],
  captures: Captures | undefined,
): Scene[] {
  const mismatch = (): InputError =>
    new InputError(
      `expected as many files of second captures as noisy files, page by page; found ${listing("noisy", stacks)}; ${listing("second", others)}`,
      { keys: ["second"] },
    );
  if (stacks.length !== others.length) throw mismatch();
  return stacks.flatMap((stack, i) => {
    const other = others[i]!;
    const pages = pagesAlong(stack, other, []);
    const file = { name: stack.spec?.path ?? stack.name, oneField: areCaptures(stack, captures) };
    if (!pages || other.width !== stack.width || other.height !== stack.height) throw mismatch();
    return stack.pages.map((page, index): Scene => {
      const name = pageName(stack, index);
      const { width, height, nodata, channels } = stack;
      const noisy: PageStack = {
        ...{
          name: `${name} with ${pageName(other, other.pages.indexOf(pages[index]!))}`,
          width,
          height,
          channels,
        },
        pages: [page, pages[index]!],
        extents: [{ axis: "T", extent: 2 }],
        ...(nodata !== undefined && { nodata }),
      };
      return { name: noisy.name, noisy, averaged: false, file };
    });
  });
}
