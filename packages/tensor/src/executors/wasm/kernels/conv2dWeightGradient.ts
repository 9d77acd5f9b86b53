import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { formatShape, sizeOf } from "../../../shape.js";
import type { Callable, Code } from "../module/code.js";
import { branchIf, end, f32, f32x4, get, i32, loop, set, v128 } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";
import { KernelFunctions } from "./kernelFunctions.js";
import { type ColumnMatrix, clearLastPanel, type Place, packColumns } from "./packColumns.js";
import { copyImages, paddedImages } from "./paddedImages.js";
import { mostRows, packedColumns, panelStretches, panelsOf, vectorsFor } from "./panels.js";
import { roundInPlace } from "./roundHalf.js";
import { stretchesOf } from "./tiles.js";

/** Pixels whose products are added up in registers before they are added to the result: digits last, and operands stay in the cache. */
const pixelsAtOnce = 512;
/** Pixels per turn of the innermost loop. */
const unrolled = 4;

/**
 * The adjoint of a convolution in its weight: for each tap and channel the sum over pixels of x at the tap times y. Channels of x, and of neighbouring taps where these lie side by side, are the rows of a product
 * of which pixels are the sum.
 */
export function conv2dWeightGradientKernel(module: ModuleBuilder, id: number, graph: Graph): KernelCall {
  const node = graph.nodes[id] as GraphNode & { readonly op: "conv2dWeightGradient" };
  const [x, y] = node.inputs as readonly [number, number];
  const { stride, padding, dilation, groups } = node.params;
  const images = graph.nodes[x]!.shape;
  const [count, height, width, outputs] = graph.nodes[y]!.shape as readonly [number, number, number, number];
  const [kernelHeight, kernelWidth, inputs] = node.shape as readonly [number, number, number, number];
  const padded = paddedImages(images, padding);
  const [image, row, column] = padded.strides;
  const columns = outputs / groups;
  const panels = panelsOf(columns);
  const pixels = count * height * width;
  const packedEach = pixels * packedColumns(panels);
  const joined = groups === 1 && dilation[1] === 1;
  const run = joined ? kernelWidth * inputs : inputs;

  const matrix: ColumnMatrix = { summed: [{ extent: pixels, stride: outputs }], columnStride: 1, panels };
  const kernel = new KernelFunctions(module, [x, y, id], [4 * groups * packedEach, 4 * padded.size]);
  const target = kernel.addressOf(id);
  const packedOf = (group: number): Place => ({ base: kernel.scratch(0), start: group * packedEach });
  const all = Array.from({ length: groups }, (_, group) => group);
  const name = `conv2dWeightGradient ${formatShape(node.shape)}`;

  const zeros = kernel.phase(`${name} zeros`, padded.size);
  zeros.fillWithZeros(zeros.f.code, target, 0, sizeOf(node.shape));
  zeros.fillWithZeros(zeros.f.code, kernel.scratch(1), 0, padded.size);
  for (const group of all) clearLastPanel(zeros, zeros.f.code, matrix, packedOf(group));

  const operands = kernel.phase(`${name} operands`, padded.size + groups * packedEach);
  copyImages(operands, images, padding, kernel.addressOf(x), kernel.scratch(1));
  for (const group of all) {
    const columnsOf = { base: kernel.addressOf(y), start: group * columns };
    packColumns(operands, operands.f.code, matrix, columnsOf, packedOf(group));
  }

  const work = pixels * sizeOf(node.shape);
  const nest = kernel.phase(name, work, 2 * work);
  const source = padded.isPadded ? kernel.scratch(1) : kernel.addressOf(x);
  const atOnce = Math.max(1, Math.floor(pixelsAtOnce / width));
  const axes = { group: 0, image: 1, rows: 2, vertical: 3, horizontal: 4, panel: 5, run: 6 };
  const horizontal = joined ? 1 : kernelWidth;
  nest.shareOut([
    { axis: axes.group, extent: groups },
    { axis: axes.vertical, extent: kernelHeight },
    { axis: axes.horizontal, extent: horizontal },
    { axis: axes.panel, extent: panels.whole },
    { axis: axes.run, extent: run, step: mostRows(Math.min(columns, panels.width)) },
  ]);
  nest.nest(
    [
      { axis: axes.group, extent: groups },
      { axis: axes.image, extent: count },
    ],
    nest.f.code,
    (inImage) => {
      for (const rows of stretchesOf(height, atOnce)) {
        nest.nest(
          [
            { axis: axes.rows, extent: rows.count },
            { axis: axes.vertical, extent: kernelHeight },
            { axis: axes.horizontal, extent: horizontal },
          ],
          inImage,
          (inTap) => {
            for (const { start, count: whole, used } of panelStretches(panels)) {
              nest.loop({ axis: axes.panel, extent: whole }, 0, whole, inTap, (inPanel) => {
                for (const part of stretchesOf(run, mostRows(used))) {
                  const sums = sumOverPixels(module, {
                    rows: part.tile,
                    used,
                    width: panels.width,
                    pixels: [rows.tile, width],
                    steps: [stride[0] * row, stride[1] * column],
                    between: outputs,
                  });
                  nest.loop({ axis: axes.run, extent: part.count }, 0, part.count, inPanel, (into) => {
                    const from = nest.sum(
                      [
                        4 * inputs,
                        4 * image,
                        4 * rows.tile * stride[0] * row,
                        4 * dilation[0] * row,
                        4 * dilation[1] * column,
                        0,
                        4 * part.tile,
                      ],
                      4 * (rows.start * stride[0] * row + part.start),
                      source,
                    );
                    const packed = nest.sum(
                      [
                        4 * packedEach,
                        4 * height * width * panels.width,
                        4 * rows.tile * width * panels.width,
                        0,
                        0,
                        4 * pixels * panels.width,
                        0,
                      ],
                      4 * panels.width * (start * pixels + rows.start * width),
                      kernel.scratch(0),
                    );
                    const to = nest.sum(
                      [
                        4 * columns,
                        0,
                        0,
                        4 * kernelWidth * inputs * outputs,
                        4 * inputs * outputs,
                        4 * panels.width,
                        4 * part.tile * outputs,
                      ],
                      4 * (part.start * outputs + start * panels.width),
                      target,
                    );
                    into.add(get(from), get(packed), get(to)).call(sums);
                  });
                }
              });
            }
          },
        );
      }
    },
  );
  roundInPlace(module, kernel, id, node);
  return kernel.call();
}

interface PixelSums {
  /** Neighbouring elements of x, and columns of y in a panel of `width`. */
  readonly rows: number;
  readonly used: number;
  readonly width: number;
  readonly pixels: readonly [vertical: number, horizontal: number];
  /** Elements of x from one pixel of y to the next. */
  readonly steps: readonly [vertical: number, horizontal: number];
  /** Elements of the result from one row to the next. */
  readonly between: number;
}

/** The function (x, panel of y, result) that adds sums over pixels to some elements of the result. */
function sumOverPixels(module: ModuleBuilder, sums: PixelSums): Callable {
  const { rows, used, width, pixels, steps, between } = sums;
  const vectors = vectorsFor(used);
  const name = `pixels ${pixels} by ${steps}, ${rows} rows, ${used} of ${width} columns, ${between} apart`;
  return module.helper(name, { parameters: ["i32", "i32", "i32"], results: [] }, (f) => {
    const [source, packed, target] = [0, 1, 2] as const;
    const totals = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local("v128")));
    const gradients = Array.from({ length: vectors }, () => f.local("v128"));
    const [value, place, count] = [f.local("v128"), f.local("i32"), f.local("i32")];
    const turn = (code: Code, length: number): void => {
      for (let k = 0; k < length; k++) {
        gradients.forEach((local, v) => {
          code.add(get(packed), v128.load(4 * (k * width + 4 * v)), set(local));
        });
        totals.forEach((row, r) => {
          code.add(get(place), v128.load32_splat(4 * (k * steps[1] + r)), set(value));
          row.forEach((total, v) => {
            code.add(get(total), get(value), get(gradients[v]!), f32x4.mul, f32x4.add, set(total));
          });
        });
      }
      code.add(get(place), i32.const(4 * length * steps[1]), i32.add, set(place));
      code.add(get(packed), i32.const(4 * length * width), i32.add, set(packed));
    };
    f.code.add(loop, get(source), set(place));
    f.times(f.code, Math.floor(pixels[1] / unrolled), (code) => turn(code, unrolled));
    if (pixels[1] % unrolled > 0) turn(f.code, pixels[1] % unrolled);
    f.code.add(get(source), i32.const(4 * steps[0]), i32.add, set(source));
    f.code.add(get(count), i32.const(1), i32.add, set(count));
    f.code.add(get(count), i32.const(pixels[0]), i32.lt_s, branchIf(0), end);
    totals.forEach((row, r) => {
      row.forEach((total, v) => {
        const offset = 4 * (r * between + 4 * v);
        const columns = Math.min(4, used - 4 * v);
        if (columns === 4) {
          f.code.add(get(target), get(target), v128.load(offset), get(total), f32x4.add, v128.store(offset));
          return;
        }
        for (let lane = 0; lane < columns; lane++) {
          const at = offset + 4 * lane;
          f.code.add(get(target), get(target), f32.load(at), get(total), f32x4.extract_lane(lane));
          f.code.add(f32.add, f32.store(at));
        }
      });
    });
  });
}
