import { readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { atomicWrite } from "../files/atomicWrite.js";
import { FolderLock, lockFile } from "../files/folderLock.js";
import { entriesOf, makeFolder } from "../files/folders.js";
import { hashFile } from "../files/hashFile.js";
import { removeUnfinished } from "../files/unfinished.js";
import { InputError } from "../image/inputError.js";
import { type Checksum, type Digests, digestsOf, parseChecksum } from "./checksum.js";
import { type DataSet, type DataSetName, dataSets } from "./dataSets.js";
import { type DownloadOptions, download } from "./download.js";
import { unzip } from "./unzip.js";
import { type RecordedFile, zenodoRecord } from "./zenodoRecord.js";

export interface FetchOptions {
  readonly dataSet: DataSetName;
  /** The data set goes to the folder of its name in here. */
  readonly out: string;
  /** What the archive must hash to, `sha256:...` or `md5:...`, in addition to what the record says. */
  readonly checksum?: string;
  /** Default `https://zenodo.org`. */
  readonly baseUrl?: string;
}

export interface FetchHooks extends Pick<DownloadOptions, "signal" | "pauseMilliseconds"> {
  /** What comes next, in a sentence. */
  readonly onPhase?: (sentence: string) => void;
  /** Bytes done in the phase, of a total where it is known. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  readonly onWarning?: (sentence: string) => void;
}

export interface FetchedData {
  readonly folder: string;
  /** The stack of noisy captures. */
  readonly noisy: string;
  /** The captures to calibrate noise with. */
  readonly calibration: string;
  /** False when everything was there already. */
  readonly downloaded: boolean;
}

const MANIFEST = "fetched.json";
const ManifestFile = z.object({ path: z.string(), bytes: z.number(), sha256: z.string() });
const FetchManifest = z.object({
  format: z.literal("clidim-fetched"),
  version: z.literal(1),
  dataSet: z.string(),
  url: z.string(),
  archive: z.object({
    bytes: z.number(),
    md5: z.string(),
    sha256: z.string(),
    /** Where the checksum that was compared came from. */
    verifiedBy: z.array(z.enum(["record", "option"])),
  }),
  files: z.array(ManifestFile),
});
type FetchManifest = z.infer<typeof FetchManifest>;

/**
 * Downloads a published data set, verifies and unpacks it into `out/<name>`: the TIFFs, and `fetched.json` with the SHA-256 of the archive and of every file. A download
 * that was cut or interrupted is gone on with by calling again; where everything is there, nothing is done.
 *
 * `InputError`s: a folder with images of the same names that were not fetched, or that another process fetches into (see `FolderLock`), no network, the server refuses, a wrong checksum (what was downloaded is removed), a damaged archive or one without the expected files, no space.
 */
export async function fetchData(
  { dataSet: name, out, checksum, baseUrl = "https://zenodo.org" }: FetchOptions,
  hooks: FetchHooks = {},
): Promise<FetchedData> {
  const dataSet = dataSets[name];
  const expected = checksum === undefined ? undefined : parseChecksum(checksum);
  if (!URL.canParse(baseUrl) || !/^https?:/i.test(baseUrl)) {
    throw new InputError(`base URL ${baseUrl}: expected one such as https://zenodo.org`);
  }
  const folder = join(out, name);
  const earlier = await fetchedBefore(folder, dataSet, expected);
  if (earlier) return earlier;
  await checkFolder(folder, dataSet);
  const { signal } = hooks;
  const base = baseUrl.replace(/\/+$/, "");
  const recorded = await zenodoRecord(base, dataSet.record, dataSet.archive, { ...(signal && { signal }) });
  if (typeof recorded === "string") {
    hooks.onWarning?.(
      `${recorded}; the archive is ${expected ? "compared with the given checksum alone" : "not compared with a published checksum"}`,
    );
  }
  await makeFolder(folder);
  // Two that download at a time would write to one unfinished file.
  const lock = new FolderLock(folder, "download");
  await lock.take();
  try {
    await removeUnfinished(folder, [
      basename(lockFile(folder, "download")),
      MANIFEST,
      dataSet.noisy,
      dataSet.calibration,
    ]);
    // Another one may have ended since.
    return (
      (await fetchedBefore(folder, dataSet, expected)) ??
      (await fetchInto(folder, name, base, { expected, recorded }, hooks))
    );
  } finally {
    await lock.release();
  }
}

/** What was fetched into the folder before, where all of it is there; an `InputError` where its archive was another one than is expected. */
async function fetchedBefore(
  folder: string,
  dataSet: DataSet,
  expected: Checksum | undefined,
): Promise<FetchedData | undefined> {
  const earlier = await readManifest(folder);
  if (!earlier || !(await isComplete(folder, earlier))) return undefined;
  if (expected) checkDigest(dataSet.archive, earlier.archive, expected, "was asked for");
  return { ...placesOf(folder, dataSet, earlier.files), downloaded: false };
}

/** Downloads, compares with what was asked for and with what the record says (or why it says nothing), and unpacks. */
async function fetchInto(
  folder: string,
  name: DataSetName,
  base: string,
  {
    expected,
    recorded,
  }: { readonly expected: Checksum | undefined; readonly recorded: RecordedFile | string },
  hooks: FetchHooks,
): Promise<FetchedData> {
  const dataSet = dataSets[name];
  const { signal } = hooks;
  const archive = join(folder, dataSet.archive);
  const url = `${base}/record/${dataSet.record}/files/${encodeURIComponent(dataSet.archive)}?download=1`;
  // A complete archive has its name only when the download is done; a run may have ended between that and unpacking it.
  if (!(await stat(archive).catch(() => undefined))) {
    hooks.onPhase?.(`Downloading ${dataSet.title} from ${url}`);
    await download(url, archive, {
      ...(signal && { signal }),
      ...(hooks.onProgress && { onProgress: hooks.onProgress }),
      ...(hooks.pauseMilliseconds !== undefined && { pauseMilliseconds: hooks.pauseMilliseconds }),
    });
  }

  hooks.onPhase?.("Verifying the archive");
  const digests = await digestsOf(archive);
  const { size: bytes } = await stat(archive);
  const verifiedBy: FetchManifest["archive"]["verifiedBy"] = [];
  try {
    if (typeof recorded !== "string") {
      checkDigest(dataSet.archive, digests, recorded.checksum, `is what record ${dataSet.record} states`);
      verifiedBy.push("record");
    }
    if (expected) {
      checkDigest(dataSet.archive, digests, expected, "was asked for");
      verifiedBy.push("option");
    }
  } catch (error) {
    await rm(archive, { force: true });
    throw error;
  }

  hooks.onPhase?.("Unpacking");
  const { files, places } = await unpack(archive, folder, dataSet, hooks);
  const manifest: FetchManifest = {
    format: "clidim-fetched",
    version: 1,
    dataSet: name,
    url,
    archive: { bytes, ...digests, verifiedBy },
    files,
  };
  await atomicWrite(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await rm(archive, { force: true });
  return { ...places, downloaded: true };
}

/** Refuses a folder with images of the same names that were not fetched: unpacking would replace them. */
async function checkFolder(folder: string, { archive, noisy, calibration }: DataSet): Promise<void> {
  const entries = (await entriesOf(folder)) ?? [];
  if ([MANIFEST, archive, `${archive}.part`].some((own) => entries.includes(own))) return;
  const foreign = [noisy, calibration].filter((name) => entries.includes(name));
  if (foreign.length === 0) return;
  throw new InputError(
    `${folder} holds ${foreign.join(" and ")}, which ${foreign.length === 1 ? "was" : "were"} not fetched; give another folder`,
    { keys: ["out"] },
  );
}

async function unpack(
  archive: string,
  folder: string,
  dataSet: DataSet,
  { signal, onProgress }: FetchHooks,
): Promise<{ readonly files: FetchManifest["files"]; readonly places: ReturnType<typeof placesOf> }> {
  try {
    const options = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    const files: FetchManifest["files"] = [];
    for (const path of await unzip(archive, folder, options)) {
      files.push({ ...(await hashFile(join(folder, path))), path });
    }
    return { files, places: placesOf(folder, dataSet, files) };
  } catch (error) {
    // An archive that is at fault must not be taken for a finished download the next time. With a cause it is the disk that is.
    if (error instanceof InputError && error.cause === undefined) await rm(archive, { force: true });
    throw error;
  }
}

function checkDigest(archive: string, digests: Digests, { algorithm, hex }: Checksum, origin: string): void {
  if (digests[algorithm] === hex) return;
  throw new InputError(
    `${archive} has ${algorithm} ${digests[algorithm]}, but ${hex} ${origin}; it was changed on the way or at its source`,
  );
}

function placesOf(
  folder: string,
  { archive, noisy, calibration }: DataSet,
  files: FetchManifest["files"],
): Pick<FetchedData, "folder" | "noisy" | "calibration"> {
  const place = (wanted: string): string => {
    const found = files.find(({ path }) => basename(path) === wanted);
    if (found) return join(folder, found.path);
    const names = files.map(({ path }) => path).join(", ");
    throw new InputError(`${archive} holds no ${wanted}; found ${names || "no files"}`);
  };
  return { folder, noisy: place(noisy), calibration: place(calibration) };
}

async function readManifest(folder: string): Promise<FetchManifest | undefined> {
  try {
    return FetchManifest.parse(JSON.parse(await readFile(join(folder, MANIFEST), "utf8")));
  } catch {
    return undefined; // none, or none of ours: fetched anew
  }
}

async function isComplete(folder: string, { files }: FetchManifest): Promise<boolean> {
  for (const { path, bytes } of files) {
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found?.size !== bytes) return false;
  }
  return true;
}
