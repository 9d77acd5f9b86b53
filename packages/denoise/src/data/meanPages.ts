import { type ByteCache, cutPlane, type LazyPage, streamedMeanImage } from "@clidim/imaging";

/** The mean of pages of equal size, in float32: computed page by page when it is asked for, and kept in the cache as long as there is room. */
export function meanPage(pages: readonly LazyPage[], cache: ByteCache): LazyPage {
  const part = cache.part();
  return computedPage(pages[0]!, () => part.get("mean", async () => (await streamedMeanImage(pages)).data));
}

/** For each of two pages or more the mean of the others, as `meanPage`. */
export function meansOfOthers(pages: readonly LazyPage[], cache: ByteCache): LazyPage[] {
  const part = cache.part();
  // Sums of integers are exact in float64 in any order. Those of floats are not, so that each has to be added up anew.
  const exact = pages.every(({ dtype }) => dtype !== "float32");
  const meanWithout = async (page: LazyPage): Promise<Float32Array> => {
    if (!exact) return (await streamedMeanImage(pages.filter((other) => other !== page))).data;
    const sum = await part.get("sum", () => sumOf(pages));
    const { data } = await page.read();
    const mean = new Float32Array(sum.length);
    for (let i = 0; i < mean.length; i++) mean[i] = (sum[i]! - data[i]!) / (pages.length - 1);
    return mean;
  };
  return pages.map((page, i) => computedPage(page, () => part.get(`without ${i}`, () => meanWithout(page))));
}

async function sumOf(pages: readonly LazyPage[]): Promise<Float64Array> {
  const { width, height } = pages[0]!;
  const sum = new Float64Array(width * height);
  for (const page of pages) {
    const { data } = await page.read();
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
  }
  return sum;
}

function computedPage(
  { width, height }: Pick<LazyPage, "width" | "height">,
  compute: () => Promise<Float32Array>,
): LazyPage {
  return {
    width,
    height,
    dtype: "float32",
    read: async (window) => {
      const page = { width, height, data: await compute() };
      return window ? cutPlane(page, window) : page;
    },
  };
}
