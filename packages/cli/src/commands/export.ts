import { join } from "node:path";
import { type MethodRegistry, untrained } from "@clidim/denoise";
import { loadModel, packageVersion } from "@clidim/denoise/node";
import { type BioimageModelOptions, exportBioimageModel, exportDenoiser } from "@clidim/export";
import { InputError } from "@clidim/imaging";
import { atomicWrite, readStack } from "@clidim/imaging/node";
import { Command, InvalidArgumentError, Option } from "commander";
import { checkOutputFiles, type OutputFile } from "../checkOutputFiles.js";
import { noteText } from "../notes.js";
import { present } from "../results.js";
import { note, print, type Terminal } from "../terminal.js";
import { zooPath } from "../zooPath.js";

interface ExportOptions {
  readonly model: string;
  readonly format: "onnx" | "bmz";
  readonly out: string;
  readonly name?: string;
  readonly author?: readonly string[];
  readonly license?: string;
  readonly description?: string;
  readonly sample?: string;
  readonly size?: readonly [height: number, width: number];
  readonly ensemble?: boolean;
  readonly overwrite?: true;
  readonly json?: true;
}

/** How the files begin that the command writes, which alone it replaces: an ONNX model with its version, an archive with its first file. */
const exported: Readonly<Record<ExportOptions["format"], OutputFile["kind"] & object>> = {
  onnx: { title: "ONNX model", begins: (head) => head[0] === "\b" && head[2] === "\x12" },
  bmz: { title: "archive", begins: (head) => head.startsWith("PK\x03\x04") },
};

export function exportCommand(terminal: Terminal, methods: MethodRegistry): Command {
  return new Command("export")
    .description("Write a trained model as a file that other programs run.")
    .requiredOption("--model <path>", "training folder or .safetensors file of the model")
    .addOption(
      new Option("--format <name>", "onnx, or bmz: an archive of the BioImage Model Zoo with it")
        .choices(["onnx", "bmz"])
        .makeOptionMandatory(),
    )
    .requiredOption("--out <file>", "the file to write")
    .option(
      "--size <height>x<width>",
      "for images of this size alone, in pixels (default: for all whose sides are multiples of what the network needs)",
      size,
    )
    .option(
      "--ensemble",
      "with the mean over eight orientations in the file, four where the model is for noise along rows or columns (default: as the model is applied)",
    )
    .option("--no-ensemble", "with one orientation, also for a model of eight: an eighth of the work")
    .option("--name <text>", "with bmz: what the model is called")
    .option("--author <names...>", "with bmz: who made it")
    .option("--license <id>", "with bmz: what others may do with it, such as CC-BY-4.0 or MIT (SPDX)")
    .option("--description <text>", "with bmz: what it is for (default: what its method is)")
    .option(
      "--sample <file>",
      "with bmz: a noisy image whose middle becomes the test image (default: a simulated one)",
    )
    .option("--overwrite", "replace a file of this format that is there already (default: it is refused)")
    .addHelpText(
      "after",
      `
The file takes f32 images [batch, frames, height, width] in grey values and gives f32 images [batch, 1, height, width] in grey values: the
normalisation that the model was trained with is in it. Where results of the model are a mean with those of a method without training (key blend), the file holds the network alone. Images whose sides are no multiples are for the program that runs it to mirror or cut.

Examples:
  clidim export --model model --format onnx --out model.onnx
  clidim export --model vae --format onnx --size 512x512 --out vae.onnx
  clidim export --model model --format bmz --name "Actin (spinning disk)" --author "A. Biologist" --license CC-BY-4.0 --out actin.zip`,
    )
    .action(async (options: ExportOptions) => {
      const { model: path, format, out, size: given, ensemble, overwrite, json } = options;
      checkFormat(options);
      const from = zooPath(path);
      const { sample } = options;
      await checkOutputFiles(
        [{ key: "out", path: out, kind: exported[format] }],
        [from, join(from, "model.safetensors"), ...(sample === undefined ? [] : [sample])],
        overwrite ?? false,
      );
      const model = await loadModel(from, methods);
      const nothing = untrained(path, model);
      if (nothing !== undefined) note(terminal, noteText(terminal, nothing));
      const { name: method, title } = model.method;
      const asked = {
        producer: packageVersion(import.meta.url),
        ...(given && { size: given }),
        ...(ensemble !== undefined && { orientations: ensemble ? (8 as const) : (1 as const) }),
      };
      const {
        bytes,
        size: takes,
        orientations,
        without,
      } = await (format === "onnx"
        ? exportDenoiser(model, asked)
        : exportBioimageModel(model, { ...asked, ...(await zooOptions(options)) }));
      await atomicWrite(out, bytes, { replace: overwrite === true });
      const record = {
        ...{ file: out, format, bytes: bytes.length, method, takes, orientations },
        ...(without !== undefined && { without }),
      };
      present(terminal, json === true, "exported", record, () => {
        const sides =
          "multiple" in takes
            ? `whose sides are multiples of ${takes.multiple} pixels`
            : `of ${takes[1]} x ${takes[0]} pixels`;
        const turned = orientations === 1 ? "" : `, in ${orientations === 8 ? "eight" : "four"} orientations`;
        print(
          terminal,
          `${path} -> ${out} (${title}${turned}; ${Math.ceil(bytes.length / 1024)} KiB; images ${sides})`,
        );
        if (without !== undefined) note(terminal, without);
      });
    });
}

/** What an archive of the Model Zoo must and may say. */
const zooKeys = ["name", "author", "license", "description", "sample"] as const;
const required = ["name", "author", "license"] as const;

function checkFormat(options: ExportOptions): void {
  if (options.format === "bmz") {
    const missing = required.filter((key) => options[key] === undefined);
    if (missing.length === 0) return;
    throw new InputError(
      "an archive of the BioImage Model Zoo says what it is called, who made it and what others may do with it",
      {
        keys: missing,
      },
    );
  }
  const given = zooKeys.filter((key) => options[key] !== undefined);
  if (given.length > 0)
    throw new InputError("an ONNX file has no place for this; give it with the format bmz", { keys: given });
}

async function zooOptions({
  name = "",
  author = [],
  license = "",
  description,
  sample,
}: ExportOptions): Promise<
  Pick<BioimageModelOptions, "name" | "authors" | "license" | "description" | "sample">
> {
  return {
    name,
    authors: author,
    license,
    ...(description !== undefined && { description }),
    ...(sample !== undefined && { sample: (await readStack(sample)).pages }),
  };
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
