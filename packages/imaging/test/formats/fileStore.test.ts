import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { webServer } from "@clidim/testing/webServer";
import { describe, expect, test } from "vitest";
import { folderFiles } from "../../src/files/folderFiles.js";
import { blobFiles, type DirectoryHandle, directoryFiles } from "../../src/formats/fileStore.js";
import { httpFiles, isUrl, urlText } from "../../src/formats/httpFiles.js";
import { InputError } from "../../src/image/inputError.js";
import { TransientError } from "../../src/image/transientError.js";

const folder = temporaryFolder();
const contents = Uint8Array.from({ length: 100 }, (_, i) => i);
const odd = "b/with space, ü and %.bin";

const basic = `Basic ${Buffer.from("me:wörd:@").toString("base64")}`;
const server = webServer(
  (path) => {
    if (path === "store/a.bin" || path === `store/${odd}`) return contents;
    return path === "store/whole.bin" || path === "store/empty" ? new Uint8Array() : undefined;
  },
  (request, response) => {
    const path = request.url!;
    if (path.includes("private") && request.headers.authorization === basic) response.end(contents);
    else if (path.includes("forbidden") || path.includes("private")) response.writeHead(403).end();
    else if (path.includes("busy")) response.writeHead(503).end();
    else if (path.includes("whole")) response.writeHead(200).end(contents);
    else if (path.includes("broken")) response.destroy();
    else if (path.includes("short")) {
      response.writeHead(200, { "Content-Length": "1000" });
      response.write("abc", () => response.destroy());
    } else return false;
    return true;
  },
);

function directory(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>, prefix = ""): DirectoryHandle {
  const missing = (): Error => Object.assign(new Error("gone"), { name: "NotFoundError" });
  return {
    getDirectoryHandle: async (name) => {
      const inner = `${prefix}${name}/`;
      if (!Object.keys(files).some((path) => path.startsWith(inner))) throw missing();
      return directory(files, inner);
    },
    getFileHandle: async (name) => {
      const bytes = files[prefix + name];
      if (name === "locked") throw Object.assign(new Error("no"), { name: "NotAllowedError" });
      if (!bytes) throw missing();
      return { getFile: async () => new Blob([bytes]) };
    },
  };
}

test("the files of a folder, of a server, of Blobs and of an open directory are read alike", async () => {
  mkdirSync(join(folder, "b"));
  for (const path of ["a.bin", odd]) writeFileSync(join(folder, path), contents);
  writeFileSync(join(folder, "empty"), "");
  const files = { "a.bin": contents, [odd]: contents, empty: new Uint8Array() };
  for (const store of [
    folderFiles(folder),
    httpFiles(`${server.address}/store/`),
    blobFiles(new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes])])), "dropped"),
    directoryFiles(directory(files), "opened"),
  ]) {
    expect(await store.read("a.bin")).toEqual(contents);
    expect(await store.read(odd, { offset: 10, length: 5 })).toEqual(contents.subarray(10, 15));
    expect(await store.read(odd, { last: 3 })).toEqual(contents.subarray(97));
    expect(await store.read("a.bin", { offset: 95, length: 50 })).toEqual(contents.subarray(95));
    expect(await store.read("a.bin", { last: 500 })).toEqual(contents);
    expect(await store.read("a.bin", { offset: 100, length: 5 })).toEqual(new Uint8Array());
    expect(await store.read("empty")).toEqual(new Uint8Array());
    expect(await store.read("c.bin")).toBeUndefined();
    expect(await store.read("b")).toBeUndefined();
    expect(await store.read("a.bin/c", { last: 5 })).toBeUndefined();
  }
});

test("what a browser does not give any more is one sentence", async () => {
  await expect(directoryFiles(directory({}), "opened").read("locked")).rejects.toThrow(
    new InputError("read opened/locked: the browser does not give the file; choose the folder again"),
  );
});

describe("an address on the web", () => {
  test("is told from a path", () => {
    expect(isUrl("https://example.org/a.zarr")).toBe(true);
    expect(isUrl("HTTP://example.org/a.zarr")).toBe(true);
    expect(isUrl("https/a.zarr")).toBe(false);
    expect(isUrl("C:/a.zarr")).toBe(false);
  });

  test("is said without its secrets", () => {
    expect(urlText("https://me:word@example.org/b/a%20b.zarr/?signature=1234#x")).toBe(
      "https://example.org/b/a b.zarr",
    );
    // Bytes that are no letters.
    expect(urlText("https://example.org/a%FF.zarr")).toBe("https://example.org/a%FF.zarr");
  });

  test.each(["https://me:word@example.org:99999/a.zarr?s=1", "http://", "https://exa mple.org/a.zarr"])(
    "that is malformed is refused in one sentence, without its secrets: %s",
    (address) => {
      const said = address.replace("me:word@", "").replace("?s=1", "");
      expect(urlText(address)).toBe(said);
      expect(() => httpFiles(address)).toThrow(InputError);
      expect(() => httpFiles(address)).toThrow(`read ${said}: is no valid address, expected one such as`);
    },
  );

  test("what follows the question mark goes with every request", async () => {
    server.seen();
    await httpFiles(`${server.address}/store?signature=1`).read("a.bin", { offset: 1, length: 2 });
    expect(server.seen()).toEqual(["store/a.bin bytes=1-2"]);
  });

  test("a name and a password before the host open what is private, and nobody else does", async () => {
    const asking = (who: string): Promise<unknown> =>
      httpFiles(`${server.address.replace("//", `//${who}`)}/private`).read("a.bin");
    expect(await asking("me:w%C3%B6rd%3A%40@")).toEqual(contents);
    for (const who of ["", "me@", "me:other@"]) {
      await expect(asking(who)).rejects.toThrow(
        new InputError(
          `read ${server.address}/private/a.bin: the server answers 403 Forbidden: it may not be read without permission`,
        ),
      );
    }
  });

  test("a name that is no UTF-8 is given as it is", async () => {
    const store = httpFiles(`${server.address.replace("//", "//%FF:a@")}/private`);
    await expect(store.read("a.bin")).rejects.toThrow("403");
  });

  test("what cannot be read says why", async () => {
    const store = httpFiles(`${server.address}/store`);
    const where = `read ${server.address}/store`;
    await expect(store.read("forbidden")).rejects.toThrow(
      new InputError(
        `${where}/forbidden: the server answers 403 Forbidden: it may not be read without permission`,
      ),
    );
    expect(await store.read("whole")).toEqual(contents);
    await expect(store.read("whole", { last: 4 })).rejects.toThrow(
      new InputError(
        `${where}/whole: the server gives whole files only, and this image needs parts of them (range requests); download it first`,
      ),
    );
    await expect(store.read("short")).rejects.toThrow(
      new InputError(`${where}/short: the connection was cut; try again`),
    );
  });

  test("a connection that breaks is tried again, then said", async () => {
    server.seen();
    await expect(httpFiles(`${server.address}/store`).read("broken")).rejects.toThrow(
      /^cannot read from 127\.0\.0\.1:\d+: .+; a network connection is needed$/,
    );
    expect(server.seen()).toEqual(Array.from({ length: 3 }, () => "store/broken"));
  });

  test("what may go better another time is told from what may not", async () => {
    const store = httpFiles(`${server.address}/store`);
    for (const path of ["busy", "short", "broken"])
      await expect(store.read(path), path).rejects.toBeInstanceOf(TransientError);
    await expect(store.read("forbidden")).rejects.not.toBeInstanceOf(TransientError);
    await expect(store.read("whole", { last: 4 })).rejects.not.toBeInstanceOf(TransientError);
  });

  test("aborting ends a request", async () => {
    const reading = httpFiles(`${server.address}/store`).read("broken", undefined, {
      signal: AbortSignal.abort(new Error("enough")),
    });
    await expect(reading).rejects.toThrow("enough");
  });
});
