import { type Affine, fromFunction, type LazyPage } from "@clidim/imaging";

/** A page in other units: `scale` times its grey values plus `offset`, in float32, when it is read. */
export function convertedPage(page: LazyPage, { scale, offset }: Affine): LazyPage {
  return {
    width: page.width,
    height: page.height,
    dtype: "float32",
    read: async (window) => {
      const { width, height, data } = await page.read(window);
      return {
        width,
        height,
        data: fromFunction(new Float32Array(data.length), (i) => scale * data[i]! + offset),
      };
    },
  };
}
