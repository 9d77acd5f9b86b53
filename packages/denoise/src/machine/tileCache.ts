import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { InputError } from "@clidim/imaging";
import { atomicWrite, makeFolder } from "@clidim/imaging/node";
import type { Device } from "@clidim/tensor";
import { z } from "zod";

const tileFile = z.strictObject({
  format: z.literal("clidim-tiles"),
  version: z.literal(1),
  adapter: z.string(),
  tiles: z.record(z.string(), z.string()),
});

/** What tells adapters and drivers apart: another driver may compile the same kernel to something slower. */
const adapterText = ({ info, traits }: Device): string =>
  [traits.kind, info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(" ");

/** Where the measured tiles of a device are kept: a file per adapter and driver in the user's cache directory. Undefined where the user has none: no XDG_CACHE_HOME, no HOME, and no entry among the system's users. */
export function tileCachePath(device: Device): string | undefined {
  let cache = process.env.XDG_CACHE_HOME;
  try {
    cache ||= join(homedir(), ".cache");
  } catch {
    return undefined;
  }
  const name = adapterText(device)
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-");
  return join(cache, "clidim", "tiles", `${name}.json`);
}

/** Lets kernels take the tiles that were measured on this adapter before. A file that is not there, or not whole, is as good as none: it can be measured again. */
export async function loadTiles(device: Device): Promise<void> {
  const path = tileCachePath(device);
  const text = path && (await readFile(path, "utf8").catch(() => undefined));
  if (!text) return;
  try {
    const kept = tileFile.parse(JSON.parse(text));
    if (kept.adapter === adapterText(device)) device.tiles.assign(kept.tiles);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
  }
}

/** Keeps what `device.tiles` knows, and returns where. An `InputError` where the user has no cache directory. */
export async function saveTiles(device: Device): Promise<string> {
  const path = tileCachePath(device);
  if (path === undefined) {
    throw new InputError(
      "saveTiles: expected a folder of the user to keep measured tiles in, found no home directory; set XDG_CACHE_HOME to a folder",
    );
  }
  await makeFolder(join(path, ".."));
  const kept: z.infer<typeof tileFile> = {
    format: "clidim-tiles",
    version: 1,
    adapter: adapterText(device),
    tiles: device.tiles.entries(),
  };
  await atomicWrite(path, `${JSON.stringify(kept, null, 1)}\n`);
  return path;
}
