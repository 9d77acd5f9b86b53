import { fileError, InputError } from "@clidim/imaging";
import { isModelDescription } from "@clidim/import";
import { basename, join } from "pathe";
import { unzipRaw, type ZipEntry } from "unzipit";
import type { DroppedFile } from "../../engine/engine.js";
import { blobOf, rm, writeFile } from "../node/fsPromises.js";
import { temporaryFolder } from "../session.js";
import { checkStorage } from "../storageSize.js";

/** What an archive holds: a model of the zoo, or the files of OME-Zarrs. */
export type Archive =
  | { readonly kind: "model" }
  | {
      readonly kind: "images";
      readonly files: readonly DroppedFile[];
      /** How a command line comes to the same files: "unpack cells.zip". */
      readonly unpacking: string;
      /** Gives up what was unpacked. */
      release(): Promise<void>;
    };

/** What an OME-Zarr is told by. */
const isStore = (path: string): boolean => /(^|\/)(zarr\.json|\.zgroup|\.zattrs)$/.test(path);

/** What makers of archives add of their own. */
const isExtra = (path: string): boolean => path.startsWith("__MACOSX/");

/** Looks into an archive, and unpacks images. What is stored as it is is read from the archive itself; the rest is unpacked into the browser's storage. */
export async function openArchive({ path: name, file }: DroppedFile): Promise<Archive> {
  let members: readonly ZipEntry[];
  try {
    ({ entries: members } = await unzipRaw(file));
  } catch (cause) {
    throw damaged(name, cause);
  }
  members = members.filter((member) => !member.isDirectory && !isExtra(member.name));
  const names = members.map((member) => member.name);
  if (names.some(isModelDescription)) return { kind: "model" };
  const stores = names.filter(isStore);
  if (stores.length === 0) {
    throw new InputError(
      `${name}: expected an archive of an OME-Zarr (with zarr.json or .zgroup) or of the BioImage Model Zoo (with rdf.yaml), got one with neither; unpack it and open what is in it`,
    );
  }
  const outside = names.find((path) => path.startsWith("/") || path.split("/").includes(".."));
  if (outside !== undefined)
    throw new InputError(`${name} is not unpacked: its file ${outside} leads out of it`);
  // A store that is the whole archive is called as this is.
  const above = stores.some((path) => !path.includes("/")) ? name.replace(/\.zip$/i, "") : "";
  const { blobs, release } = await blobsOf(members, name);
  const files = members.map((member, i) => ({
    path: join(above, member.name),
    file: new File([blobs[i]!], basename(member.name)), // one of each
  }));
  const unpacking = `unpack ${name}${above === "" ? "" : ` into a folder ${above}`}`;
  return { kind: "images", files, unpacking, release };
}

async function blobsOf(
  members: readonly ZipEntry[],
  name: string,
): Promise<{ readonly blobs: readonly Blob[]; readonly release: () => Promise<void> }> {
  const packed = members.filter(({ compressionMethod }) => compressionMethod !== 0);
  let folder: string | undefined;
  const release = async (): Promise<void> => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  if (packed.length > 0) {
    await checkStorage(
      `${name}, unpacked,`,
      packed.reduce((sum, { size }) => sum + size, 0),
    );
    folder = await temporaryFolder();
  }
  try {
    const blobs: Blob[] = [];
    for (const [i, member] of members.entries()) {
      const blob = await contentsOf(member, name);
      if (folder === undefined || member.compressionMethod === 0) blobs.push(blob);
      else {
        const place = join(folder, String(i));
        await writeFile(place, new Uint8Array(await blob.arrayBuffer()));
        blobs.push(await blobOf(place));
      }
    }
    return { blobs, release };
  } catch (error) {
    await release();
    throw fileError("write", name, error);
  }
}

async function contentsOf(member: ZipEntry, name: string): Promise<Blob> {
  let blob: Blob;
  try {
    blob = await member.blob();
  } catch (cause) {
    throw damaged(`${name}: ${member.name}`, cause);
  }
  if (blob.size === member.size) return blob;
  throw damaged(`${name}: ${member.name}`, new Error(`${blob.size} of ${member.size} bytes`));
}

const damaged = (what: string, cause: unknown): InputError =>
  new InputError(`${what}: cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
