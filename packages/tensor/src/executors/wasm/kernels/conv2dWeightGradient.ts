import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { formatShape, sizeOf } from "../../../shape.js";
import { get } from "../module/instructions.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";
import { KernelFunctions } from "./kernelFunctions.js";
import { type ColumnMatrix, clearLastPanel, type Place, packColumns } from "./packColumns.js";
import { copyImages, paddedImages } from "./paddedImages.js";
import { fewColumns, mostRows, packedColumns, panelStretches, panelsOf } from "./panels.js";
import { rowSumsOverPixels, sumOverPixels } from "./pixelSums.js";
import { roundInPlace } from "./roundHalf.js";
import { stretchesOf } from "./tiles.js";

/** Pixels whose products are added up in registers before they are added to the result: digits last, and operands stay in the cache. */
const pixelsAtOnce = 512;

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
  // With few columns, vectors are neighbouring rows.
  const alongRows = columns <= fewColumns;
  const panels = alongRows ? { width: 1, whole: columns, rest: 0 } : panelsOf(columns);
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
  const rowsInOne = Math.min(height, Math.max(1, Math.floor(pixelsAtOnce / width)));
  const imagesInOne = Math.max(1, Math.floor(pixelsAtOnce / (height * width)));
  const axes = { group: 0, images: 1, rows: 2, vertical: 3, horizontal: 4, panel: 5, run: 6 };
  const horizontal = joined ? 1 : kernelWidth;
  const rowsAtOnce = (used: number): number => (alongRows ? 4 * mostRows(1) : mostRows(used));
  nest.shareOut([
    { axis: axes.group, extent: groups },
    { axis: axes.vertical, extent: kernelHeight },
    { axis: axes.horizontal, extent: horizontal },
    { axis: axes.panel, extent: panels.whole },
    { axis: axes.run, extent: run, step: rowsAtOnce(Math.min(columns, panels.width)) },
  ]);
  nest.loop({ axis: axes.group, extent: groups }, 0, groups, nest.f.code, (inGroup) => {
    for (const some of stretchesOf(count, imagesInOne)) {
      for (const rows of stretchesOf(height, rowsInOne)) {
        nest.nest(
          [
            { axis: axes.images, extent: some.count },
            { axis: axes.rows, extent: rows.count },
            { axis: axes.vertical, extent: kernelHeight },
            { axis: axes.horizontal, extent: horizontal },
          ],
          inGroup,
          (inTap) => {
            for (const { start, count: whole, used } of panelStretches(panels)) {
              nest.loop({ axis: axes.panel, extent: whole }, 0, whole, inTap, (inPanel) => {
                for (const part of stretchesOf(run, rowsAtOnce(used))) {
                  const sums = (alongRows ? rowSumsOverPixels : sumOverPixels)(module, {
                    rows: part.tile,
                    used,
                    width: panels.width,
                    pixels: [some.tile, rows.tile, width],
                    steps: [image, stride[0] * row, stride[1] * column],
                    between: outputs,
                  });
                  const firstPixel = (some.start * height + rows.start) * width;
                  nest.loop({ axis: axes.run, extent: part.count }, 0, part.count, inPanel, (into) => {
                    const from = nest.sum(
                      [
                        4 * inputs,
                        4 * some.tile * image,
                        4 * rows.tile * stride[0] * row,
                        4 * dilation[0] * row,
                        4 * dilation[1] * column,
                        0,
                        4 * part.tile,
                      ],
                      4 * (some.start * image + rows.start * stride[0] * row + part.start),
                      source,
                    );
                    const packed = nest.sum(
                      [
                        4 * packedEach,
                        4 * some.tile * height * width * panels.width,
                        4 * rows.tile * width * panels.width,
                        0,
                        0,
                        4 * pixels * panels.width,
                        0,
                      ],
                      4 * panels.width * (start * pixels + firstPixel),
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
    }
  });
  roundInPlace(module, kernel, id, node);
  return kernel.call();
}
