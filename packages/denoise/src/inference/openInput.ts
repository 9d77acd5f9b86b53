import { type FileSpec, lazyStack } from "@clidim/imaging";
import { type ConvertOptions, openImageFile, parseFileSpec } from "@clidim/imaging/node";
import { type AxisSelection, selectAxes } from "../data/axisSelection.js";
import { type MaskedSource, maskedSource } from "../data/maskedSource.js";
import { type FrameGroups, type FrameStack, frameStack } from "./frameStack.js";

/** The depths and times of a file that are denoised, and which grey value stands for no value. */
export type InputPlanes = Pick<AxisSelection, "z" | "t" | "nodata">;

/** The pages of a file, in float32 where one of its grey values stands for no value. */
export interface InputStack extends FrameStack, Pick<MaskedSource, "masked"> {}

/** The pages of a file, or those of some depths and times, or the means of groups of them. Errors as `openStack`, `selectAxes` and `frameStack`. */
export async function openInput(
  spec: FileSpec | string,
  planes: InputPlanes,
  frames: FrameGroups,
  { onPhase, signal }: { readonly [K in keyof ConvertOptions]?: ConvertOptions[K] | undefined } = {},
): Promise<InputStack> {
  const parsed = typeof spec === "string" ? parseFileSpec(spec) : spec;
  const source = await openImageFile(parsed, { ...(onPhase && { onPhase }), ...(signal && { signal }) });
  try {
    const { source: pixels, masked } = maskedSource(source, planes.nodata);
    const stack = frameStack(lazyStack(selectAxes(pixels, planes), parsed.range), frames);
    return { ...stack, ...(masked && { masked }) };
  } catch (error) {
    await source.close();
    throw error;
  }
}
