import { crc32, deflateRawSync } from "node:zlib";

/** What differs from a plain file. */
export interface ArchivedFile {
  readonly name: string;
  readonly data: Uint8Array;
  /** Default true. */
  readonly deflate?: boolean;
  /** Unix mode, such as that of a link. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** Size and CRC that the directory states, where they are wrong. */
  readonly stated?: { readonly bytes?: number; readonly crc32?: number };
  /** Sizes and position in a Zip64 extra field. */
  readonly zip64?: boolean;
}

/** A zip archive as archivers write them; `zip64` gives the end record of large ones. */
export function zipArchive(files: readonly ArchivedFile[], { zip64 = false, comment = "" } = {}): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name);
    const contents = (file.deflate ?? true) ? deflateRawSync(file.data) : Buffer.from(file.data);
    const method = file.method ?? ((file.deflate ?? true) ? 8 : 0);
    const bytes = file.stated?.bytes ?? file.data.length;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    // An extra field that the directory does not have.
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28);
    bodies.push(local, name, Buffer.from([0x99, 0x99, 0, 0]), contents);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt8(3, 5);
    entry.writeUInt16LE(0x800 | (file.flags ?? 0), 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(file.stated?.crc32 ?? crc32(file.data), 16);
    entry.writeUInt32LE(file.zip64 ? 0xffffffff : contents.length, 20);
    entry.writeUInt32LE(file.zip64 ? 0xffffffff : bytes, 24);
    entry.writeUInt16LE(name.length, 28);
    const extra = Buffer.alloc(file.zip64 ? 28 : 0);
    if (file.zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      for (const [i, value] of [bytes, contents.length, offset].entries()) {
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
      }
    }
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt16LE(file.mode ?? 0o100644, 40);
    entry.writeUInt32LE(file.zip64 ? 0xffffffff : offset, 42);
    directory.push(entry, name, extra);
    offset += 30 + name.length + 4 + contents.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : files.length, 8);
  end.writeUInt16LE(zip64 ? 0xffff : files.length, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  const large = Buffer.alloc(zip64 ? 76 : 0);
  if (zip64) {
    large.writeUInt32LE(0x06064b50, 0);
    for (const [i, value] of [files.length, length, offset].entries()) {
      large.writeBigUInt64LE(BigInt(value), 32 + 8 * i);
    }
    large.writeUInt32LE(0x07064b50, 56);
    large.writeBigUInt64LE(BigInt(offset + length), 64);
  }
  return Buffer.concat([...bodies, ...directory, large, end, Buffer.from(comment)]);
}
