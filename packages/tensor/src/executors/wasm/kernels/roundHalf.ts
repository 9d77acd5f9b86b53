import { type Aval, sizeOf } from "../../../shape.js";
import type { Callable } from "../module/code.js";
import { type Bytes, f32x4, get, i32, i32x4, set, v128 } from "../module/instructions.js";
import { lanes as four } from "../module/lanes.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelFunctions } from "./kernelFunctions.js";

/** The bits of 1/2. */
const half = four(0x3f000000);

/** The function that rounds four f32 to the nearest halves, ties to even; infinity from 65520 on. Halves lie in memory as such f32. */
export function roundHalf(module: ModuleBuilder): Callable {
  return module.helper("roundHalf", { parameters: ["v128"], results: ["v128"] }, (f) => {
    const [x, magnitude, rounded] = [0, f.local("v128"), f.local("v128")];
    f.code.add(get(x), four(0x7fffffff), v128.and, set(magnitude));
    // Thirteen bits go; what is just below half of them, plus the last bit that stays, carries when rounding up.
    f.code.add(get(magnitude), four(0xfff), i32x4.add, get(magnitude), i32.const(13), i32x4.shr_u, four(1));
    f.code.add(v128.and, i32x4.add, four(~0x1fff), v128.and, set(rounded));
    f.code.add(four(0x7f800000), get(rounded), get(magnitude), four(0x477ff000), i32x4.ge_s, v128.bitselect);
    f.code.add(set(rounded));
    // Below 2^-14 halves are multiples of 2^-24, as f32 around 1/2 are.
    f.code.add(get(magnitude), half, f32x4.add, half, f32x4.sub, get(rounded));
    f.code.add(get(magnitude), four(0x38800000), i32x4.lt_s, v128.bitselect, set(rounded));
    // A NaN stays.
    f.code.add(get(magnitude), get(rounded), get(magnitude), four(0x7f800000), i32x4.gt_s, v128.bitselect);
    f.code.add(get(x), four(~0x7fffffff), v128.and, v128.or);
  });
}

/** Rounds a value of halves where it lies, and nothing beyond it: what a turn of a scan writes is followed by what others do. Nothing for other values. */
export function roundInPlace(
  module: ModuleBuilder,
  kernel: KernelFunctions,
  id: number,
  { dtype, shape }: Aval,
): void {
  if (dtype !== "f16") return;
  const size = sizeOf(shape);
  const fours = size - (size % 4);
  const nest = kernel.phase("round", size);
  const elements = { axis: 0, extent: size };
  const turns = { ...elements, step: 4 };
  const place = (): Bytes => get(nest.sum([4], 0, kernel.addressOf(id)));
  nest.shareOut([turns]);
  if (fours > 0) {
    nest.loop(turns, 0, fours, nest.f.code, (code) => {
      code.add(place(), place(), v128.load(0)).call(roundHalf(module)).add(v128.store(0));
    });
  }
  if (fours < size) {
    nest.loop(elements, fours, size, nest.f.code, (code) => {
      code.add(place(), place(), v128.load32_zero(0)).call(roundHalf(module)).add(v128.store32_lane(0, 0));
    });
  }
}
