import { parseConfigurationYaml } from "@clidim/denoise/yaml";
import { InputError } from "@clidim/imaging";
import { unzipSync } from "fflate";
import { z } from "zod";
import type { AxisLetter, NetworkDescription, Side } from "./networkDescription.js";
import { stepsOfFile } from "./stepsOfFile.js";

/** What of a tensor's description is read, of both formats. */
const tensorShape = z.looseObject({
  name: z.string().optional(),
  id: z.string().optional(),
  axes: z.union([
    z.string(),
    z.array(z.looseObject({ type: z.string(), id: z.string().optional(), size: z.unknown().optional() })),
  ]),
  shape: z.unknown().optional(),
  preprocessing: z.array(z.unknown()).optional(),
  postprocessing: z.array(z.unknown()).optional(),
});

const description = z.looseObject({
  format_version: z.string(),
  type: z.string().optional(),
  name: z.string(),
  description: z.string().optional(),
  cite: z
    .array(z.looseObject({ text: z.string(), url: z.string().nullish(), doi: z.string().nullish() }))
    .optional(),
  inputs: z.array(tensorShape),
  outputs: z.array(tensorShape),
  weights: z.looseObject({
    onnx: z.looseObject({ source: z.string(), sha256: z.string().nullish() }).optional(),
  }),
});

type TensorShape = z.infer<typeof tensorShape>;

/** Whether a file of an archive, by its path in there, says what the archive's model is. */
export const isModelDescription = (path: string): boolean =>
  /(^|[/.])(rdf|bioimageio|model)\.ya?ml$/.test(path);

/** An archive of the BioImage Model Zoo, formats 0.4 and 0.5, with its ONNX weights. An `InputError` for what it is not, or has not. */
export async function archiveDescription(bytes: Uint8Array, file: string): Promise<NetworkDescription> {
  const described = unpacked(bytes, file, isModelDescription);
  if (!described) {
    throw new InputError(`${file}: expected an archive of the BioImage Model Zoo, got one without rdf.yaml`);
  }
  const { path } = described;
  const text = new TextDecoder().decode(described.contents);
  const parsed = description.safeParse(parseConfigurationYaml(text, `${file}: ${path}`).values);
  if (!parsed.success) {
    throw new InputError(
      `${file}: ${path} describes no model that is known: ${z.prettifyError(parsed.error)}`,
    );
  }
  const {
    format_version: version,
    name,
    description: summary = "",
    cite = [],
    inputs,
    outputs,
    weights,
  } = parsed.data;
  if (!/^0\.[45]\./.test(version)) {
    throw new InputError(`${file}: is of format ${version}, known are 0.4 and 0.5`);
  }
  const [input, ...moreInputs] = inputs;
  const [output, ...moreOutputs] = outputs;
  if (!input || !output || moreInputs.length + moreOutputs.length > 0) {
    throw new InputError(
      `${file}: expected a network from one image to one image, got ${inputs.length} inputs and ${outputs.length} outputs`,
    );
  }
  if (!weights.onnx) {
    throw new InputError(
      `${file}: has weights for ${Object.keys(weights).join(", ") || "nothing"}, of which none is ONNX; get the model with ONNX weights, or export it so`,
    );
  }
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const source = folder + weights.onnx.source.replace(/^\.\//, "");
  const onnx = unpacked(bytes, file, (name) => name === source)?.contents;
  if (!onnx)
    throw new InputError(`${file}: ${path} names ${weights.onnx.source}, which is not in the archive`);
  await checkSum(onnx, weights.onnx.sha256 ?? undefined, `${file}: ${weights.onnx.source}`);
  checkSameSize(input, output, file);
  const axes = axesOf(input, file);
  const channels = axes.includes("c") ? extentOf(input, axes.indexOf("c"), file) : 1;
  const outputAxes = axesOf(output, file);
  const made = outputAxes.includes("c") ? sizeOf(output, outputAxes.indexOf("c")) : 1;
  if (typeof made === "number" && made !== 1) {
    throw new InputError(`${file}: ${nameOf(output)} has ${made} channels, expected an image of one`);
  }
  const [first] = cite;
  return {
    name,
    summary,
    ...(first && {
      source: { text: first.text, url: first.url ?? (first.doi ? `https://doi.org/${first.doi}` : "") },
    }),
    ...{ onnx, channels, inputAxes: axes, outputAxes },
    rows: sideOf(input, axes.indexOf("y"), file),
    columns: sideOf(input, axes.indexOf("x"), file),
    before: stepsOfFile(input.preprocessing ?? [], nameOf(input), `${file}: preprocessing`),
    after: stepsOfFile(output.postprocessing ?? [], nameOf(input), `${file}: postprocessing`),
  };
}

const nameOf = ({ id, name }: TensorShape): string => id ?? name ?? "";

/** Networks are not compressed to less than one byte of so many; so many bytes may come of any archive, and no more of one. */
const MOST_TIMES = 100;
const FREE_BYTES = 2 ** 26;
const MOST_BYTES = 2 ** 31;

/** The first file of an archive with such a name, which alone is unpacked. An `InputError` where it would take more memory than an honest one does. */
function unpacked(
  bytes: Uint8Array,
  file: string,
  isWanted: (name: string) => boolean,
): { readonly path: string; readonly contents: Uint8Array } | undefined {
  let path: string | undefined;
  const most = Math.min(MOST_BYTES, Math.max(FREE_BYTES, MOST_TIMES * bytes.length));
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (path !== undefined || !isWanted(name)) return false;
        if (originalSize > most) {
          throw new InputError(
            `${file} is not unpacked: its file ${JSON.stringify(name)} would become ${originalSize} bytes, expected at most ${most} in an archive of ${bytes.length}`,
          );
        }
        path = name;
        return true;
      },
    });
    return path === undefined ? undefined : { path, contents: files[path]! };
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      `${file}: cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

async function checkSum(bytes: Uint8Array, expected: string | undefined, what: string): Promise<void> {
  if (expected === undefined) return;
  const digest = await crypto.subtle.digest("SHA-256", bytes.slice());
  const found = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== expected.toLowerCase()) {
    throw new InputError(`${what} is damaged: its SHA-256 is ${found}, the archive says ${expected}`);
  }
}

const LETTERS: Readonly<Record<string, AxisLetter>> = { batch: "b", channel: "c", y: "y", x: "x", z: "z" };

/** The axes as letters; depths alone where there is one of them. */
function axesOf(tensor: TensorShape, file: string): AxisLetter[] {
  const named =
    typeof tensor.axes === "string"
      ? [...tensor.axes].map((letter) => ({ b: "batch", c: "channel" })[letter] ?? letter)
      : tensor.axes.map(({ type, id }) => (type === "space" ? (id ?? "x") : type));
  const axes = named.map((axis, at) => {
    const letter = LETTERS[axis];
    if (!letter || (letter === "z" && !isElsewhere(tensor, at) && extentOf(tensor, at, file) !== 1)) {
      throw new InputError(
        `${file}: ${nameOf(tensor)} has the axes ${named.join(", ")}; known are batch, channel, y and x, and z of extent 1`,
      );
    }
    return letter;
  });
  if (!axes.includes("y") || !axes.includes("x") || new Set(axes).size < axes.length) {
    throw new InputError(
      `${file}: ${nameOf(tensor)} has the axes ${named.join(", ")}, expected y and x, each once`,
    );
  }
  return axes;
}

const parameterized = z.object({ min: z.number().int().min(1), step: z.number().int().min(0) });
const parameterizedShape = z.object({ min: z.array(z.number()), step: z.array(z.number()) });

/** What is said of the extent of an axis. */
function sizeOf({ axes, shape, id }: TensorShape, at: number): unknown {
  if (typeof axes !== "string") {
    const { size, ...axis } = axes[at]!;
    const names = "channel_names" in axis ? axis.channel_names : undefined;
    return Array.isArray(names) ? names.length : referred(size, axis, id, axes);
  }
  if (Array.isArray(shape)) return shape[at];
  const open = parameterizedShape.safeParse(shape);
  return open.success ? { min: open.data.min[at], step: open.data.step[at] } : undefined;
}

const reference = z.object({ tensor_id: z.string(), axis_id: z.string(), offset: z.number().default(0) });

/** The size of an axis of format 0.5 that is said by another of the same tensor, where that has one size. */
function referred(
  size: unknown,
  axis: object,
  id = "input",
  axes: Exclude<TensorShape["axes"], string>,
): unknown {
  const found = reference.safeParse(size).data;
  const other = found?.tensor_id === id && axes.find((each) => nameOfAxis(each) === found.axis_id);
  if (!found || !other || typeof other.size !== "number") return size;
  return Math.floor((other.size * pixelOf(other)) / pixelOf(axis) + found.offset);
}

/** Whether an axis is as long as one of another tensor: where it is none of rows and columns, its extent is found when the network runs. */
const isElsewhere = ({ axes, id }: TensorShape, at: number): boolean => {
  const found = typeof axes === "string" ? undefined : reference.safeParse(axes[at]!.size).data;
  return found !== undefined && found.tensor_id !== id;
};

const nameOfAxis = ({ type, id }: { readonly type: string; readonly id?: string | undefined }): string =>
  id ?? (type === "space" ? "x" : type);

function sideOf(tensor: TensorShape, at: number, file: string): Side {
  const size = sizeOf(tensor, at);
  if (typeof size === "number") return { min: size, step: 0 };
  const found = parameterized.safeParse(size);
  if (found.success) return found.data;
  throw new InputError(
    `${file}: the size of an axis of ${nameOf(tensor)} is ${JSON.stringify(size)}, expected a number, min and step, or a reference to an axis of the same tensor that has one size`,
  );
}

function extentOf(tensor: TensorShape, at: number, file: string): number {
  return sideOf(tensor, at, file).min;
}

/** Refuses results of another size than their image, as of networks without padding or with magnification. */
function checkSameSize(input: TensorShape, { axes, shape }: TensorShape, file: string): void {
  const offsets = z
    .object({ offset: z.array(z.number()), scale: z.array(z.number().nullable()) })
    .safeParse(shape);
  const magnified =
    typeof axes !== "string" &&
    axes.some((axis) => axis.type === "space" && pixelOf(axis) !== pixelOf(inputAxis(input, axis.id)));
  const scaled =
    magnified || (offsets.success && offsets.data.scale.some((scale) => scale !== null && scale !== 1));
  const cut =
    (offsets.success && offsets.data.offset.some((offset) => offset !== 0)) ||
    (typeof axes !== "string" &&
      axes.some(
        ({ size }) => z.object({ offset: z.number().refine((by) => by !== 0) }).safeParse(size).success,
      ));
  if (scaled || cut) {
    throw new InputError(
      `${file}: results are ${scaled ? "magnified or reduced" : "smaller than the image"}; a denoiser gives as many pixels as it takes`,
    );
  }
}

/** The size of pixels along an axis of format 0.5, against others': of an axis with `scale` s, results have s' / s times as many as an image with s'. */
const pixelOf = (axis: object | undefined): number =>
  z.object({ scale: z.number() }).safeParse(axis).data?.scale ?? 1;

const inputAxis = ({ axes }: TensorShape, id: string | undefined): object | undefined =>
  typeof axes === "string" ? undefined : axes.find((axis) => axis.type === "space" && axis.id === id);
