import { type FileSpec, type LazyStack, lazyStack } from "@clidim/imaging";
import { type ConvertOptions, openImageFile, parseFileSpec } from "@clidim/imaging/node";
import { type AxisSelection, selectAxes } from "../data/axisSelection.js";

/** The depths and times of a file that are denoised. */
export type InputPlanes = Pick<AxisSelection, "z" | "t">;

/** The pages of a file, or those of some depths and times. Errors as `openStack` and `selectAxes`. */
export async function openInput(
  spec: FileSpec | string,
  planes: InputPlanes,
  { onPhase, signal }: { readonly [K in keyof ConvertOptions]?: ConvertOptions[K] | undefined } = {},
): Promise<LazyStack> {
  const parsed = typeof spec === "string" ? parseFileSpec(spec) : spec;
  const source = await openImageFile(parsed, { ...(onPhase && { onPhase }), ...(signal && { signal }) });
  try {
    return lazyStack(selectAxes(source, planes), parsed.range);
  } catch (error) {
    await source.close();
    throw error;
  }
}
