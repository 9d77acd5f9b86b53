import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build, type InlineConfig, type Rolldown } from "vite";

const script = (name: string): string => new URL(`../../scripts/${name}`, import.meta.url).href;
// The scripts are JavaScript without types.
export const { buildPackages } = (await import(script("build-packages.mjs"))) as {
  buildPackages: () => Promise<void>;
};

/** The files of a bundle. */
export type Output = Rolldown.RolldownOutput["output"];

/** A page, by its folder, with what it imports from the built packages, resolved by `conditions`, or as Vite does for browsers. */
export const bundle = (page: string, conditions?: readonly string[]): Promise<Output> =>
  outputOf(page, { resolve: conditions ? { conditions: [...conditions] } : {} });

/** A page that imports suites, which Vitest runs elsewhere: with the sources that they import, Vitest's matchers, and `vitestInPage.ts` for the rest of Vitest. */
export const bundleOfSuites = (page: string): Promise<Output> =>
  outputOf(page, {
    resolve: {
      conditions: ["@clidim/source", "browser", "module"],
      alias: {
        "virtual:vitest-matchers": createRequire(fileURLToPath(import.meta.resolve("vitest"))).resolve(
          "@vitest/expect",
        ),
        vitest: fileURLToPath(new URL(`${page}/vitestInPage.ts`, import.meta.url)),
      },
    },
    // Errors call functions by name. Packages say that their files do nothing when they are imported; suites are not among those.
    build: { minify: false, rolldownOptions: { treeshake: false, output: { keepNames: true } } },
  });

async function outputOf(page: string, { build: how, ...options }: InlineConfig): Promise<Output> {
  const result = await build({
    root: fileURLToPath(new URL(page, import.meta.url)),
    configFile: false,
    logLevel: "error",
    build: { write: false, ...how },
    ...options,
  });
  // One configuration that does not watch gives one bundle.
  return (result as Rolldown.RolldownOutput).output;
}

/** The modules that a bundle is made of. */
export const modulesOf = (output: Output): string[] =>
  output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));

/** What a bundle has of Node: modules for it, its builtins (Vite puts an empty module in their place), Dawn's binding, imports left open. */
export function traces(output: Output): string[] {
  const names = new Set(output.map(({ fileName }) => fileName));
  return output.flatMap((file) => {
    if (file.type === "asset") return [];
    const modules = file.moduleIds.filter((id) => /browser-external|gpu\.node|\/webgpu\//.test(id));
    const open = [...file.imports, ...file.dynamicImports].filter((name) => !names.has(name));
    const text = file.code.match(/["'`]node:\w+["'`]|dawn\.node|process\.versions/g) ?? [];
    return [...modules, ...open, ...text];
  });
}
