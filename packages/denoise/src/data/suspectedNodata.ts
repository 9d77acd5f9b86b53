import { type LazyStack, type Plane, suspectedValue } from "@clidim/imaging";

/** What is said of a page with areas of a grey value that looks like no value, undefined where none does. */
export function suspectedSentence(name: string, page: Plane): string | undefined {
  const suspected = suspectedValue(page);
  if (!suspected) return undefined;
  const { value, part, others } = suspected;
  const [low, high] = others.map((one) => Number(one.toPrecision(4)));
  return (
    `${name}: ${(100 * part).toPrecision(2)} % of the pixels are exactly ${value}, in areas, far from all others (about ${low} to ${high}); ` +
    `if that stands for no value (or is a scale bar), say so with the option nodata, ${value}: it is then left out, and stays in the result`
  );
}

/** A page of more pixels is not read for this alone. */
const LARGEST = 2 ** 25;

/** As above, of the first page of a stack. */
export async function suspectedOfStack(stack: LazyStack): Promise<string | undefined> {
  if (stack.width * stack.height > LARGEST) return undefined;
  return suspectedSentence(stack.name, await stack.readPage(0, { missing: "keep" }));
}
