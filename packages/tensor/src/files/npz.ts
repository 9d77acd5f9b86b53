import { zipSync } from "fflate";
import type { HostTensor } from "./hostTensor.js";
import { npyLength, readNpy, writeNpy } from "./npy.js";
import { type ZipMember, zipMembers } from "./zipMembers.js";

const suffix = ".npy";

/** What an archive has room for without Zip64. */
const MOST_ARRAYS = 2 ** 16 - 1;
const MOST_BYTES = 2 ** 32 - 2;

/**
 * The arrays of a .npz file by name, as NumPy's savez and savez_compressed write it. Throws where the file is no zip archive, and with the
 * array's name where one is broken, or its CRC is another. Members that are no .npy files are left out.
 */
export function readNpz(bytes: Uint8Array): Record<string, HostTensor> {
  let members: ZipMember[];
  try {
    members = zipMembers(bytes);
  } catch (cause) {
    throw new Error(`readNpz: the file is no zip archive, or damaged (${messageOf(cause)})`, { cause });
  }
  return Object.fromEntries(
    members
      .filter((member) => member.name.endsWith(suffix))
      .map((member) => {
        const name = member.name.slice(0, -suffix.length);
        try {
          return [name, readNpy(member.contents())];
        } catch (cause) {
          throw new Error(`readNpz: "${name}": ${messageOf(cause)}`, { cause });
        }
      }),
  );
}

/** A .npz file, which NumPy loads with `np.load`. Not compressed unless asked for, as with NumPy's savez. Throws where there are more than 65,535 arrays, or 4 GiB of them or more. */
export function writeNpz(
  tensors: Readonly<Record<string, HostTensor>>,
  { compress = false }: { readonly compress?: boolean } = {},
): Uint8Array {
  const each = <T>(make: (x: HostTensor) => T): [string, T][] =>
    Object.entries(tensors).map(([name, x]) => {
      try {
        return [`${name}${suffix}`, make(x)];
      } catch (cause) {
        throw new Error(`writeNpz: "${name}": ${messageOf(cause)}`, { cause });
      }
    });
  expectRoom(each(npyLength));
  return zipSync(Object.fromEntries(each(writeNpy)), { level: compress ? 6 : 0 });
}

/** Each member has 30 bytes and its name before it and 46 and its name in the directory, whose end has 22. */
function expectRoom(lengths: readonly (readonly [name: string, bytes: number])[]): void {
  const encoder = new TextEncoder();
  const bytes = lengths.reduce((sum, [name, own]) => sum + 76 + 2 * encoder.encode(name).length + own, 22);
  if (lengths.length <= MOST_ARRAYS && bytes <= MOST_BYTES) return;
  throw new Error(
    `writeNpz: expected at most ${MOST_ARRAYS} arrays and less than 4 GiB, got ${lengths.length} of ${bytes} bytes; write several files, or one with writeSafetensors`,
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
