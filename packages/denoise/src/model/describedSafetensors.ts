import { InputError } from "@clidim/imaging";
import {
  evaluate,
  type HostTensor,
  readSafetensors,
  type Safetensors,
  type Tensor,
  writeSafetensors,
} from "@clidim/tensor";
import { checksumOf, NO_CHECKSUM, setChecksum } from "./fileChecksum.js";

/** What the files of this program say of themselves. */
export const fileFormats = { model: "clidim-model", checkpoint: "clidim-checkpoint" } as const;
export type FileKind = keyof typeof fileFormats;

/** Of both kinds; a reader refuses a later one. */
export const formatVersion = 1;

/** The method of files that do not name one: those written when there was no other. */
export const firstMethod = "clidim@1";

/** Reads the tensors to the host, computed in one go. */
export async function toHost(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, HostTensor>> {
  await evaluate(Object.values(tensors));
  const host: Record<string, HostTensor> = {};
  for (const [name, x] of Object.entries(tensors)) {
    host[name] = { dtype: x.dtype, shape: x.shape, data: await x.data() };
  }
  return host;
}

/** A file of this program: tensors and metadata, a checksum of all of it among these. */
export function writeDescribed(
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const bytes = writeSafetensors(tensors, { ...metadata, checksum: NO_CHECKSUM });
  setChecksum(bytes);
  return bytes;
}

/** The file's content, if it is of the wanted format in a version known here, and what was written, as far as it has a checksum, as those of before do not; else an `InputError` that says what it is. */
export function openDescribed(bytes: Uint8Array, name: string, kind: FileKind): Safetensors {
  const wanted = `a CLIDiM ${kind}`;
  let file: Safetensors;
  try {
    file = readSafetensors(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${name}: expected ${wanted} (safetensors), but it cannot be read: ${reason}`, {
      cause,
    });
  }
  const { format: found, version } = file.metadata;
  if (found !== fileFormats[kind]) {
    const other =
      found === fileFormats.checkpoint
        ? "a CLIDiM checkpoint; use the model.safetensors beside it"
        : found === fileFormats.model
          ? "a CLIDiM model; use the checkpoint.safetensors beside it"
          : `a safetensors file of another kind (format ${JSON.stringify(found ?? "not given")})`;
    throw new InputError(`${name}: expected ${wanted}, got ${other}`);
  }
  if (!(Number(version) <= formatVersion)) {
    throw new InputError(
      `${name}: has version ${version ?? "not given"} of its format, this program reads up to ${formatVersion}; install a newer one`,
    );
  }
  const { checksum } = file.metadata;
  if (checksum === undefined && Object.values(file.metadata).some((text) => text.startsWith("crc32c:"))) {
    throw new InputError(`${name}: is damaged: its metadata have a checksum by another name`);
  }
  const now = checksum === undefined ? undefined : checksumOf(bytes);
  if (now !== checksum) {
    throw new InputError(
      `${name}: is damaged: its checksum is ${checksum}, its bytes have ${now ?? "none that is known here"}; take another copy of it (what changes such a file on purpose has to leave "checksum" out of its metadata)`,
    );
  }
  return file;
}
