/** Vitest's matchers, which Vitest has of its own dependencies: `bundleOfSuites` finds them there. */
declare module "virtual:vitest-matchers" {
  type Plugin = (chai: unknown, utils: unknown) => void;
  export const chai: {
    use(plugin: Plugin): void;
    readonly expect: ((value: unknown, message?: string) => unknown) & { fail(message: string): never };
  };
  export const JestExtend: Plugin;
  export const JestChaiExpect: Plugin;
  export const JestAsymmetricMatchers: Plugin;
  export const GLOBAL_EXPECT: unique symbol;
  export function setState(state: Readonly<Record<string, unknown>>, expect: unknown): void;
}
