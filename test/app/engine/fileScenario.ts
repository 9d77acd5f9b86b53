/** What a call of a file system came to: a value, or the code of its error. */
export interface FileOutcome {
  readonly call: string;
  readonly outcome: unknown;
}

interface Handle {
  stat(): Promise<{ readonly size: number }>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(size?: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

interface Stats {
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** What the library uses of `node:fs/promises`. */
export interface Files {
  open(path: string, flags?: "r" | "r+" | "w" | "wx"): Promise<Handle>;
  readFile(path: string, encoding: "utf8"): Promise<string>;
  writeFile(path: string, contents: string): Promise<void>;
  truncate(path: string, size?: number): Promise<void>;
  stat(path: string): Promise<Stats>;
  lstat(path: string): Promise<Stats>;
  readdir(path: string): Promise<string[]>;
  readdir(
    path: string,
    options: { readonly withFileTypes: true; readonly recursive?: boolean },
  ): Promise<readonly { readonly name: string; readonly parentPath: string; isDirectory(): boolean }[]>;
  mkdir(path: string, options?: { readonly recursive?: boolean }): Promise<unknown>;
  rm(path: string, options?: { readonly recursive?: boolean; readonly force?: boolean }): Promise<void>;
  rmdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  realpath(path: string): Promise<string>;
}

/** The same calls, whatever the file system: in the folder `root`, which is empty. */
export async function fileScenario(fs: Files, root: string): Promise<readonly FileOutcome[]> {
  const outcomes: FileOutcome[] = [];
  const at = (path: string): string => `${root}/${path}`;
  const attempt = async (call: string, work: () => Promise<unknown>): Promise<void> => {
    const outcome = await work().then(
      (value) => value ?? null,
      (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)),
    );
    outcomes.push({ call, outcome });
  };
  const kind = async (path: string) => {
    const stats = await fs.stat(at(path));
    return stats.isDirectory() ? "folder" : stats.isFile() ? stats.size : "else";
  };
  const text = (path: string) => () => fs.readFile(at(path), "utf8");
  const write = (path: string, contents: string) => () => fs.writeFile(at(path), contents);

  await attempt("mkdir a", async () => void (await fs.mkdir(at("a"))));
  await attempt("mkdir a again", async () => void (await fs.mkdir(at("a"))));
  await attempt("mkdir in nothing", async () => void (await fs.mkdir(at("no/such"))));
  await attempt("mkdir recursive", async () => void (await fs.mkdir(at("b/c/d"), { recursive: true })));
  await attempt("mkdir recursive again", async () => void (await fs.mkdir(at("b/c/d"), { recursive: true })));
  await attempt("write a/one", write("a/one", "eins"));
  await attempt("read a/one", text("a/one"));
  await attempt("write over a/one", write("a/one", "1"));
  await attempt("read it again", text("a/one"));
  await attempt("mkdir where a file is", async () => void (await fs.mkdir(at("a/one"))));
  await attempt("mkdir below a file", async () => void (await fs.mkdir(at("a/one/two"))));
  await attempt(
    "mkdir recursive below a file",
    async () => void (await fs.mkdir(at("a/one/two"), { recursive: true })),
  );
  await attempt("read nothing", text("a/none"));
  await attempt("read a folder", text("a"));
  await attempt("read below a file", text("a/one/two"));
  await attempt("write in nothing", write("no/file", "x"));
  await attempt("open new", async () => {
    const handle = await fs.open(at("a/new"), "wx");
    const bytes = new TextEncoder().encode("abcdef");
    await handle.write(bytes, 0, 3, 0);
    await handle.write(bytes, 3, 3, 5);
    await handle.sync();
    const { size } = await handle.stat();
    await handle.close();
    return size;
  });
  await attempt("read new", async () => [
    ...new TextEncoder().encode(await fs.readFile(at("a/new"), "utf8")),
  ]);
  await attempt("open new again", async () => void (await fs.open(at("a/new"), "wx")));
  await attempt("open new where a folder is", async () => void (await fs.open(at("b"), "wx")));
  await attempt("open to change nothing", async () => void (await fs.open(at("a/none"), "r+")));
  await attempt("change", async () => {
    const handle = await fs.open(at("a/new"), "r+");
    await handle.write(Uint8Array.of(120), 0, 1, 1);
    await handle.truncate(4);
    const buffer = new Uint8Array(8);
    const { bytesRead } = await handle.read(buffer, 2, 6, 0);
    await handle.close();
    return [bytesRead, ...buffer];
  });
  await attempt("read a part", async () => {
    const handle = await fs.open(at("a/new"));
    const buffer = new Uint8Array(4);
    const { bytesRead } = await handle.read(buffer, 0, 4, 2);
    const { bytesRead: behind } = await handle.read(buffer, 0, 4, 9);
    await handle.close();
    return [bytesRead, behind, ...buffer];
  });
  await attempt("truncate", async () => {
    await fs.truncate(at("a/new"), 2);
    return kind("a/new");
  });
  await attempt("stat a file", () => kind("a/new"));
  await attempt("stat a folder", () => kind("b/c"));
  await attempt("stat nothing", () => kind("b/none"));
  await attempt("stat below a file", () => kind("a/one/two"));
  await attempt("lstat nothing", () => fs.lstat(at("none")));
  await attempt("realpath nothing", () => fs.realpath(at("none")));
  await attempt("realpath", async () => (await fs.realpath(at("a/../b/./c"))) === at("b/c"));
  await attempt("readdir", async () => (await fs.readdir(at("a"))).sort());
  await attempt("readdir nothing", () => fs.readdir(at("none")));
  await attempt("readdir of a file", () => fs.readdir(at("a/one")));
  await attempt("rename a file", async () => {
    await fs.rename(at("a/new"), at("b/moved"));
    return [await kind("b/moved"), await fs.readdir(at("a"))];
  });
  await attempt("rename over a file", async () => {
    await fs.rename(at("a/one"), at("b/moved"));
    return [await fs.readFile(at("b/moved"), "utf8"), await fs.readdir(at("a"))];
  });
  await attempt("rename nothing", () => fs.rename(at("a/none"), at("a/some")));
  await attempt("rename into nothing", () => fs.rename(at("b/moved"), at("no/such")));
  await attempt("rename a file over a folder", () => fs.rename(at("b/moved"), at("b/c")));
  await attempt("rename a folder over a file", () => fs.rename(at("b/c"), at("b/moved")));
  await attempt("rename a folder", async () => {
    await fs.writeFile(at("b/c/d/deep"), "tief");
    await fs.rename(at("b/c"), at("e"));
    return [await fs.readFile(at("e/d/deep"), "utf8"), await fs.readdir(at("b"))];
  });
  await attempt("rename a folder over an empty one", async () => {
    await fs.rename(at("e"), at("a"));
    return fs.readFile(at("a/d/deep"), "utf8");
  });
  await attempt("rename a folder over a full one", async () => {
    await fs.mkdir(at("f"));
    await fs.rename(at("f"), at("a"));
  });
  await attempt("readdir with all below", async () => {
    const entries = await fs.readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name} ${entry.isDirectory()}`)
      .sort();
  });
  await attempt("rmdir of a full folder", () => fs.rmdir(at("a")));
  await attempt("rmdir of a file", () => fs.rmdir(at("b/moved")));
  await attempt("rmdir", () => fs.rmdir(at("f")));
  await attempt("rm of a folder", () => fs.rm(at("a")));
  await attempt("rm of nothing", () => fs.rm(at("none")));
  await attempt("rm of nothing by force", () => fs.rm(at("none"), { force: true }));
  await attempt("rm of a file", () => fs.rm(at("b/moved")));
  await attempt("rm of all", () => fs.rm(at("a"), { recursive: true }));
  await attempt("what is left", async () => (await fs.readdir(root)).sort());
  return outcomes;
}
