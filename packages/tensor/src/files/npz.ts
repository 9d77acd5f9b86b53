import { zipSync } from "fflate";
import type { HostTensor } from "./hostTensor.js";
import { readNpy, writeNpy } from "./npy.js";
import { type ZipMember, zipMembers } from "./zipMembers.js";

const suffix = ".npy";

/**
 * The arrays of a .npz file by name, as NumPy's savez and savez_compressed write it. Throws where the file is no zip archive, and with the
 * array's name where one is broken. Members that are no .npy files are left out.
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

/** A .npz file, which NumPy loads with `np.load`. Not compressed unless asked for, as with NumPy's savez. */
export function writeNpz(
  tensors: Readonly<Record<string, HostTensor>>,
  { compress = false }: { readonly compress?: boolean } = {},
): Uint8Array {
  const members = Object.entries(tensors).map(([name, x]): [string, Uint8Array] => {
    try {
      return [`${name}${suffix}`, writeNpy(x)];
    } catch (cause) {
      throw new Error(`writeNpz: "${name}": ${messageOf(cause)}`, { cause });
    }
  });
  return zipSync(Object.fromEntries(members), { level: compress ? 6 : 0 });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
