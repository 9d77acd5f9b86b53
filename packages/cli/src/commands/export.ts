import type { MethodRegistry } from "@clidim/denoise";
import { loadModel, packageVersion } from "@clidim/denoise/node";
import { exportDenoiser } from "@clidim/export";
import { InputError } from "@clidim/imaging";
import { atomicWrite, exists } from "@clidim/imaging/node";
import { Command, InvalidArgumentError, Option } from "commander";
import { present } from "../results.js";
import { print, type Terminal } from "../terminal.js";

interface ExportOptions {
  readonly model: string;
  readonly format: "onnx";
  readonly out: string;
  readonly size?: readonly [height: number, width: number];
  readonly ensemble?: boolean;
  readonly overwrite?: true;
  readonly json?: true;
}

export function exportCommand(terminal: Terminal, methods: MethodRegistry): Command {
  return new Command("export")
    .description("Write a trained model as a file that other programs run.")
    .requiredOption("--model <path>", "training folder or .safetensors file of the model")
    .addOption(new Option("--format <name>", "kind of file").choices(["onnx"]).makeOptionMandatory())
    .requiredOption("--out <file>", "the file to write")
    .option(
      "--size <height>x<width>",
      "for images of this size alone, in pixels (default: for all whose sides are multiples of what the network needs)",
      size,
    )
    .option(
      "--ensemble",
      "with the mean over eight orientations in the file (default: as the model is applied)",
    )
    .option("--no-ensemble", "with one orientation, also for a model of eight: an eighth of the work")
    .option("--overwrite", "replace a file that is there already (default: it is refused)")
    .addHelpText(
      "after",
      `
The file takes f32 images [batch, frames, height, width] in grey values and gives f32 images [batch, 1, height, width] in grey values: the
normalisation that the model was trained with is in it. Images whose sides are no multiples are for the program that runs it to mirror or cut.

Examples:
  clidim export --model model --format onnx --out model.onnx
  clidim export --model vae --format onnx --size 512x512 --out vae.onnx`,
    )
    .action(async ({ model: path, format, out, size: given, ensemble, overwrite, json }: ExportOptions) => {
      if (!overwrite && (await exists(out))) {
        throw new InputError(`${out} is there already; give another --out, or --overwrite to replace it`);
      }
      const model = await loadModel(path, methods);
      const {
        bytes,
        size: takes,
        orientations,
      } = await exportDenoiser(model, {
        producer: packageVersion(import.meta.url),
        ...(given && { size: given }),
        ...(ensemble !== undefined && { orientations: ensemble ? 8 : 1 }),
      });
      await atomicWrite(out, bytes, { replace: overwrite === true });
      const record = {
        file: out,
        format,
        bytes: bytes.length,
        method: model.method.name,
        takes,
        orientations,
      };
      present(terminal, json === true, "exported", record, () => {
        const sides =
          "multiple" in takes
            ? `whose sides are multiples of ${takes.multiple} pixels`
            : `of ${takes[1]} x ${takes[0]} pixels`;
        const turned = orientations === 8 ? ", in eight orientations" : "";
        print(
          terminal,
          `${path} -> ${out} (${model.method.title}${turned}; ${Math.ceil(bytes.length / 1024)} KiB; images ${sides})`,
        );
      });
    });
}

/** Parses "512x256": height, then width. */
function size(text: string): readonly [height: number, width: number] {
  const match = /^(\d+)x(\d+)$/.exec(text.trim());
  const [height, width] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || !(height >= 1 && width >= 1 && height <= 65_536 && width <= 65_536)) {
    throw new InvalidArgumentError("Expected height and width in pixels, such as 512x512.");
  }
  return [height, width];
}
