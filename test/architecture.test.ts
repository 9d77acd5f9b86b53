import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, Visitor } from "vite";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Most lines of a source file. */
const maxLines = 400;

/**
 * What stands on what inside a package, from the ground up. A line is a floor, its entries are rooms, the paths in an entry belong to one room. A file may import from
 * its own room and from floors below, and what no room names is not looked at. Of several rooms that hold a file, the one with the longest path has it.
 */
const floors: Readonly<Record<string, readonly (readonly string[])[]>> = {
  tensor: [
    ["deviceError.ts dtype.ts float16.ts float8.ts remember.ts shape.ts"],
    ["primitives"],
    ["graph customCall.ts tensor.ts tree.ts executor.ts defaultExecutor.ts"],
    ["executors/fusion", "executors/timings.ts"],
    ["executors/programs"],
    ["executors/interpreter", "executors/webgpu/device"],
    ["executors/webgpu/kernels"],
    ["executors/webgpu/passes"],
    ["executors/webgpu", "executors/wasm", "executors/webgl"],
    ["ops random.ts distributions", "files", "run"],
    ["pixels.ts"],
    ["index.ts", "expect.ts", "chain.ts"],
  ],
  autograd: [
    ["aval.ts customCall.ts copyOf.ts leaves.ts expectFunction.ts programs.ts"],
    ["rules", "recordTurn.ts", "argumentIndex.ts", "mappedAxes.ts"],
    ["scanGradient.ts", "condGradient.ts", "whileTangent.ts"],
    ["tangents"],
    ["tape.ts", "region.ts"],
    ["pushForward.ts", "recordCall.ts"],
    ["vjp.ts", "linearize.ts", "checkpoint.ts", "customVjp.ts"],
    ["grad.ts", "jvp.ts", "batching"],
    ["hessianVectorProduct.ts", "testing", "vmap.ts"],
    ["jacobian.ts"],
    ["hessian.ts"],
    ["index.ts", "testing.ts"],
  ],
  nn: [
    ["checkOptions.ts layer.ts mapLeaves.ts"],
    ["initializers", "schedules"],
    ["layers", "losses", "optimizers", "data"],
    ["summary.ts", "stateDict.ts", "metrics", "training"],
    ["index.ts"],
  ],
  imaging: [
    ["image"],
    ["missing"],
    ["formats", "metrics", "noise"],
    ["files", "registration", "simulate"],
    ["fetch", "trust"],
    ["index.ts node.ts"],
  ],
  denoise: [
    ["protocol"],
    ["step"],
    ["configuration", "data", "machine"],
    ["model"],
    ["inference"],
    ["evaluation", "training"],
    ["ablation", "budget", "demo"],
  ],
  clidim: [["losses"], ["augment", "networks"], ["contrastive"], ["step"]],
  methods: [["losses", "networks"], ["blindSpots", "training"], ["jInvariance"]],
  export: [["onnx"], ["denoiser"], ["bioimage"], ["index.ts"]],
  import: [["onnx"], ["denoiser"], ["index.ts"]],
  zoo: [["zooModel.ts"], ["fluorescence.ts"], ["index.ts"]],
  app: [["engine", "service"], ["painter"], ["page", "worker"]],
  batch: [["plan"], ["run"], ["engines", "summary"], ["index.ts"]],
  cli: [["terminal.ts exitCodes.ts"], ["commands"], ["main.ts"]],
};

/** The packages that a package may depend on: those of floors below its own, and of these what it is made from. */
const below: Readonly<Record<string, readonly string[]>> = {
  tensor: [],
  autograd: ["tensor"],
  nn: ["tensor", "autograd"],
  imaging: [],
  denoise: ["tensor", "nn", "imaging"],
  clidim: ["tensor", "autograd", "nn", "denoise"],
  methods: ["tensor", "autograd", "nn", "imaging", "denoise", "clidim"],
  export: ["tensor", "imaging", "denoise"],
  import: ["tensor", "imaging", "denoise"],
  zoo: [],
  batch: ["imaging", "denoise"],
  app: ["tensor", "imaging", "denoise", "methods", "export", "import", "zoo"],
  cli: ["tensor", "imaging", "denoise", "methods", "export", "import", "zoo", "batch", "app"],
};

/** What stands behind an interface, and the only files outside that know it. */
const seams: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  tensor: {
    "executors/webgpu": ["index.ts"],
    "executors/wasm": [],
    "executors/webgl": [],
    "executors/interpreter": [],
  },
};

interface Source {
  /** The folder of the package in `packages`. */
  readonly package: string;
  /** Below `src`, with slashes. */
  readonly path: string;
  readonly text: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  /** An `import()`, which runs when it is come to. */
  readonly dynamic: boolean;
}

function importsOf({ path, text }: Source): Import[] {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  const imports: Import[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every(({ isType }) => isType);
    imports.push({ from: moduleRequest.value, typeOnly, dynamic: false });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) imports.push({ from: moduleRequest.value, typeOnly: isType, dynamic: false });
    }
  }
  new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type !== "Literal" || typeof source.value !== "string") {
        throw new Error(`${path}: import() of something that is not written out`);
      }
      imports.push({ from: source.value, typeOnly: false, dynamic: true });
    },
    TSImportType: ({ source }) =>
      void imports.push({ from: String(source.value), typeOnly: true, dynamic: false }),
  }).visit(program);
  return imports;
}

/** The floor and the room of a file, if the table names it. */
function placeOf(
  table: readonly (readonly string[])[],
  path: string,
): { floor: number; room: string } | undefined {
  let best: { floor: number; room: string; length: number } | undefined;
  table.forEach((rooms, floor) => {
    for (const room of rooms) {
      for (const part of room.split(" ")) {
        if (path !== part && !path.startsWith(`${part}/`)) continue;
        if (!best || part.length > best.length) best = { floor, room, length: part.length };
      }
    }
  });
  return best;
}

/** What is wrong with a workspace's sources, in words. */
function problemsOf(
  sources: readonly Source[],
  manifests: Readonly<Record<string, Manifest>>,
  table: typeof floors = floors,
  behind: typeof seams = seams,
  dependsOn: typeof below = below,
): string[] {
  const problems: string[] = [];
  const folderOf = new Map(Object.entries(manifests).map(([folder, { name }]) => [name, folder]));
  const idOf = (source: Pick<Source, "package" | "path">): string => `${source.package}/src/${source.path}`;
  const known = new Set(sources.map(idOf));
  /** Files that are loaded before a file is. */
  const loads = new Map<string, string[]>();

  for (const source of sources) {
    const id = idOf(source);
    const lines = source.text.trimEnd().split("\n").length;
    if (lines > maxLines)
      problems.push(`${id} has ${lines} lines, more than ${maxLines}; a file has one thing in it`);
    const { name, dependencies = {} } = manifests[source.package]!;
    const loaded: string[] = [];
    for (const { from, typeOnly, dynamic } of importsOf(source)) {
      if (!from.startsWith(".")) {
        const [scope, rest] = from.split("/");
        const other = from.startsWith("@") ? `${scope}/${rest}` : scope!;
        if (folderOf.has(other) && other !== name && !Object.hasOwn(dependencies, other)) {
          problems.push(`${id} imports ${from}, and package.json of ${name} does not depend on it`);
        }
        if (other === name) problems.push(`${id} imports its own package as ${from}`);
        continue;
      }
      // Shaders are text, styles and pictures are files of a site.
      if (/\?\w+$|\.(?:css|svg)$/.test(from)) continue;
      const stem = posix.join(posix.dirname(source.path), from.replace(/\.js$/, ""));
      const path = known.has(idOf({ package: source.package, path: `${stem}.tsx` }))
        ? `${stem}.tsx`
        : `${stem}.ts`;
      const target = idOf({ package: source.package, path });
      if (!known.has(target)) {
        problems.push(`${id} imports ${from}, which is no source of its package`);
        continue;
      }
      if (!typeOnly && !dynamic) loaded.push(target);
      const [here, there] = [source.path, path].map((file) => placeOf(table[source.package] ?? [], file));
      if (here && there && here.room !== there.room && here.floor <= there.floor) {
        problems.push(`${id} imports ${path}: "${there.room}" does not stand below "${here.room}"`);
      }
      for (const [folder, allowed] of Object.entries(behind[source.package] ?? {})) {
        const outside = !source.path.startsWith(`${folder}/`) && !allowed.includes(source.path);
        if (outside && path.startsWith(`${folder}/`)) {
          problems.push(`${id} imports ${path}, which stands behind an interface`);
        }
      }
    }
    loads.set(id, loaded);
  }
  for (const circle of circlesOf(loads)) problems.push(`a circle of imports: ${circle.join(", ")}`);

  for (const [folder, { name, dependencies = {} }] of Object.entries(manifests)) {
    const allowed = dependsOn[folder];
    if (!allowed) problems.push(`${name} stands on no floor: the table of packages does not have ${folder}`);
    for (const other of Object.keys(dependencies)) {
      const place = folderOf.get(other);
      if (place !== undefined && allowed && !allowed.includes(place)) {
        problems.push(`${name} depends on ${other}, which does not stand below it`);
      }
    }
  }
  const needs = new Map(
    Object.values(manifests).map(({ name, dependencies = {} }) => [
      name,
      Object.keys(dependencies).filter((other) => folderOf.has(other)),
    ]),
  );
  for (const circle of circlesOf(needs)) problems.push(`a circle of packages: ${circle.join(", ")}`);
  return problems;
}

/** The strongly connected components of more than one node, and nodes that name themselves, by Tarjan's algorithm. */
function circlesOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    lowest.set(node, index.get(node)!);
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!));
    }
    if (lowest.get(node) !== index.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    if (component.length > 1 || edges.get(node)?.includes(node)) circles.push(component.toSorted());
  };
  for (const node of edges.keys()) if (!index.has(node)) visit(node);
  return circles;
}

/** A package that is a site has in it what it is made of, so that whoever installs it needs none of that. */
function manifestOf(path: string): Manifest {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest & {
    readonly devDependencies?: Manifest["dependencies"];
  };
  const isSite = existsSync(join(dirname(path), "index.html"));
  return isSite ? { ...manifest, dependencies: manifest.devDependencies ?? {} } : manifest;
}

/** Of what is published; the suites' own package is no source of theirs. */
const manifests: Readonly<Record<string, Manifest>> = Object.fromEntries(
  readdirSync(join(root, "packages"))
    .map((folder) => [folder, join(root, "packages", folder, "package.json")] as const)
    .filter(([, path]) => existsSync(path))
    .map(([folder, path]) => [folder, manifestOf(path)] as const)
    .filter(([, manifest]) => !manifest.private),
);
const sources = Object.keys(manifests).flatMap((folder): Source[] => {
  const src = join(root, "packages", folder, "src");
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
    .map((path) => ({ package: folder, path, text: readFileSync(join(src, path), "utf8") }));
});

describe("the sources of all packages", () => {
  it("import downwards, in no circle, and are no longer than a reader likes", () => {
    expect(sources.length).toBeGreaterThan(400);
    expect(problemsOf(sources, manifests)).toEqual([]);
  });

  it("have every file and folder that the tables name", () => {
    const rooms = Object.entries(floors).flatMap(([folder, table]) =>
      table.flat().flatMap((room) => room.split(" ").map((part) => `packages/${folder}/src/${part}`)),
    );
    const outside = Object.entries(seams).flatMap(([folder, table]) =>
      Object.entries(table).flatMap(([part, files]) =>
        [part, ...files].map((file) => `packages/${folder}/src/${file}`),
      ),
    );
    expect([...rooms, ...outside].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("of @clidim/tensor are all on a floor", () => {
    const homeless = sources
      .filter(({ package: folder, path }) => folder === "tensor" && !placeOf(floors.tensor!, path))
      .map(({ path }) => path);
    expect(homeless).toEqual([]);
  });
});

describe("what the sources are looked at for", () => {
  const low: Manifest = { name: "@x/low" };
  const high: Manifest = { name: "@x/high", dependencies: { "@x/low": "workspace:^" } };
  const found = (
    files: Readonly<Record<string, string>>,
    packages: Readonly<Record<string, Manifest>> = { low, high },
  ): string[] =>
    problemsOf(
      Object.entries(files).map(([id, text]) => ({
        package: dirname(id).split("/")[0]!,
        path: id.slice(id.indexOf("/") + 1),
        text,
      })),
      packages,
      { low: [["ground a.ts"], ["left", "right"], ["top"]] },
      { low: { "left/behind": ["top/door.ts"] } },
      { low: [], high: ["low"] },
    );
  const file = "export const x = 1;";

  it("packages that are imported against their dependencies", () => {
    expect(
      found({ "high/a.ts": 'import { x } from "@x/low/part"; export type { Y } from "@x/low";' }),
    ).toEqual([]);
    const upwards = "low/src/b.ts imports @x/high, and package.json of @x/low does not depend on it";
    expect(found({ "low/b.ts": 'import type { X } from "@x/high";' })).toEqual([upwards]);
    expect(found({ "low/b.ts": 'const x = await import("@x/high");' })).toEqual([upwards]);
    expect(found({ "low/b.ts": 'export type X = import("@x/high").X;' })).toEqual([upwards]);
    expect(found({ "low/b.ts": 'export * from "@x/low/part";' })).toEqual([
      "low/src/b.ts imports its own package as @x/low/part",
    ]);
    expect(found({ "high/b.ts": 'import { x } from "../../low/src/a.js";' })).toEqual([
      "high/src/b.ts imports ../../low/src/a.js, which is no source of its package",
    ]);
    const both = { low: { name: "@x/low", dependencies: { "@x/high": "1" } }, high };
    expect(found({}, both)).toEqual([
      "@x/low depends on @x/high, which does not stand below it",
      "a circle of packages: @x/high, @x/low",
    ]);
    expect(found({}, { low, high, third: { name: "@x/third" } })).toEqual([
      "@x/third stands on no floor: the table of packages does not have third",
    ]);
  });

  it("folders that are imported from below, or from beside, if only for a type", () => {
    const files = {
      "low/ground/b.ts": file,
      "low/left/c.ts": file,
      "low/right/d.ts": file,
      "low/top/e.ts": file,
    };
    expect(
      found({ ...files, "low/top/f.ts": 'export * from "../left/c.js"; export * from "./e.js";' }),
    ).toEqual([]);
    expect(found({ ...files, "low/a.ts": 'export * from "./ground/b.js";' })).toEqual([]);
    expect(found({ ...files, "low/ground/b.ts": 'import type { x } from "../left/c.js";' })).toEqual([
      'low/src/ground/b.ts imports left/c.ts: "left" does not stand below "ground a.ts"',
    ]);
    expect(found({ ...files, "low/right/d.ts": 'import { x } from "../left/c.js";' })).toEqual([
      'low/src/right/d.ts imports left/c.ts: "left" does not stand below "right"',
    ]);
  });

  it("files behind an interface that are imported from elsewhere", () => {
    const files = { "low/left/behind/b.ts": file, "low/left/behind/c.ts": 'export * from "./b.js";' };
    expect(found({ ...files, "low/top/door.ts": 'export * from "../left/behind/b.js";' })).toEqual([]);
    expect(found({ ...files, "low/left/d.ts": 'import type { x } from "./behind/b.js";' })).toEqual([
      "low/src/left/d.ts imports left/behind/b.ts, which stands behind an interface",
    ]);
  });

  it("circles of files that load each other; types and import() load nothing", () => {
    const circle = {
      "high/a.ts": 'import { type Z, y } from "./b.js";',
      "high/b.ts": 'export * from "./c.js";',
      "high/c.ts": 'import "./a.js";',
    };
    expect(found(circle)).toEqual(["a circle of imports: high/src/a.ts, high/src/b.ts, high/src/c.ts"]);
    expect(found({ ...circle, "high/c.ts": 'import { type A, type B } from "./a.js";' })).toEqual([]);
    expect(found({ ...circle, "high/c.ts": 'const a = await import("./a.js");' })).toEqual([]);
  });

  it("files of too many lines", () => {
    expect(found({ "high/a.ts": "\n".repeat(maxLines - 1) + file })).toEqual([]);
    expect(found({ "high/a.ts": "\n".repeat(maxLines) + file })).toEqual([
      `high/src/a.ts has ${maxLines + 1} lines, more than ${maxLines}; a file has one thing in it`,
    ]);
  });
});
