import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Instruction {
  readonly kind: string;
  readonly target?: string;
  readonly leavesLoads?: number;
  readonly writes?: readonly string[];
  readonly reads?: readonly string[];
}
type Code = readonly (Instruction | { readonly label: string })[];
interface Turn {
  readonly counts: Readonly<Record<string, number>>;
  readonly unrolled: boolean;
  readonly loadsAwaited: number;
}

const load = (name: string): Promise<unknown> =>
  import(new URL(`../bench/gpu-isa/${name}.mjs`, import.meta.url).href);
const { countTurn } = (await load("counts")) as {
  countTurn: (code: Code, multiplies: number) => Turn | undefined;
};
const { cudaOf } = (await load("cuda")) as { cudaOf: (wgsl: string) => string };
const { parseAmd, parseIntel, parseNvidia } = (await load("listings")) as Record<
  "parseAmd" | "parseIntel" | "parseNvidia",
  (listing: string) => Code
>;

// Listings of turn.wgsl, which says how many of each kind a turn has: `node bench/gpu-isa/run.mjs --wgsl` with `--out` writes them. Comments of the listings are left out.
const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, "fixtures/gpu-isa", name), "utf8");

describe("listings of GPU compilers", () => {
  it.each([
    ["rdna3.s", parseAmd],
    ["iris-xe.s", parseIntel],
    ["arc.s", parseIntel],
    ["h100.s", parseNvidia],
  ] as const)("%s: a turn of the loop is counted by kind", (file, parse) => {
    const { counts, unrolled } = countTurn(parse(fixture(file)), 64)!;
    expect(counts).toMatchObject({ sharedLoad: 6, sharedStore: 1, load: 1, barrier: 2 });
    expect(counts.spill).toBeUndefined();
    expect(unrolled).toBe(true);
    // At step 0 row and column are the same vector, so that four of the products are there already.
    expect(counts.multiply).toBe(file === "h100.s" ? 64 : 60);
    expect(counts.issued).toBeGreaterThan(70);
    expect(counts.issued).toBeLessThan(160);
  });

  it("says of which kind instructions are", () => {
    const amd = [
      "disasm:",
      "BB1:",
      "\tv_dual_fmac_f32 v0, v1, v2 :: v_dual_fmac_f32 v3, v4, v5 ; c8000000",
      "\tv_wmma_f32_16x16x16_f16 v[0:7], v[8:15], v[16:23], v[0:7]",
      "\tds_store_b128 v1, v[2:5]",
      "\tscratch_store_b32 off, v1, s0",
      "\ts_waitcnt vmcnt(0)",
      "\ts_cbranch_scc1 BB1",
    ].join("\n");
    expect(parseAmd(amd).map((entry) => ("kind" in entry ? entry.kind : entry.label))).toEqual([
      "BB1",
      "multiply",
      "multiply",
      "matrix",
      "sharedStore",
      "spill",
      "wait",
      "branch",
    ]);
    const spilled = [
      "Native code for",
      "send(8)         nullUD          g72UD           g71UD           0x020a02fd                0x00000040",
      "                            data MsgDesc: (DC OWORD block write, bti 253, owords = 2, aligned = 0)  mlen 1",
      "send(16)        g1UD            g2UD            nullUD          0x0",
      "                            slm MsgDesc: ( load, a32, d32, V4, L1STATE_L3MOCS dst_len = 8 )",
    ].join("\n");
    expect(parseIntel(spilled)).toEqual([{ kind: "spill" }, { kind: "sharedLoad" }]);
  });
});

describe("counts of a turn", () => {
  const step = [
    { label: "inner" },
    { kind: "sharedLoad" },
    { kind: "multiply" },
    { kind: "multiply" },
    { kind: "branch", target: "inner" },
  ] as const;

  it("have the inner loop as often as it takes to make the multiply-adds", () => {
    const code = [
      { label: "outer" },
      { kind: "barrier" },
      { kind: "load" },
      ...step,
      { kind: "branch", target: "outer" },
    ] as const;
    const { counts, unrolled, loadsAwaited } = countTurn([...code], 32)!;
    expect(counts).toEqual({ barrier: 1, load: 1, branch: 17, sharedLoad: 16, multiply: 32, issued: 67 });
    expect([unrolled, loadsAwaited]).toEqual([false, 0]);
    expect(countTurn([{ kind: "multiply" }], 1)).toBeUndefined();
  });

  it("tell loads that are waited for before the first multiply-add", () => {
    const turn = (...before: Instruction[]): number => {
      const start: Code = [{ label: "outer" }, { kind: "barrier" }];
      return countTurn([...start, ...before, ...step, { kind: "branch", target: "outer" }], 32)!.loadsAwaited;
    };
    const loadTo = (register: string): Instruction => ({ kind: "load", writes: [register], reads: [] });
    const wait = (leavesLoads: number): Instruction => ({ kind: "wait", leavesLoads });
    expect(turn({ kind: "load" }, { kind: "load" }, wait(0), { kind: "load" })).toBe(2);
    expect(turn({ kind: "load" }, { kind: "load" }, wait(1), wait(1), { kind: "load" })).toBe(1);
    expect(turn(loadTo("R4"), loadTo("R5"), { kind: "arithmetic", reads: ["R4", "R9"], writes: [] })).toBe(1);
    expect(turn(loadTo("R4"))).toBe(0);
  });
});

describe("WGSL as CUDA", () => {
  it("keeps what is computed, and calls what WGSL has built in", () => {
    const text = cudaOf(fixture("turn.wgsl"));
    expect(text).toContain("SHARED vec4f tile[128];");
    expect(text).toContain("void kernel(const vec4f* __restrict__ a_, vec4f* __restrict__ b_)");
    expect(text).toContain("auto next = a[thread];");
    expect(text).toContain("const auto thread = (u32)__nvvm_read_ptx_sreg_tid_x() & 1023u;");
    expect(
      cudaOf(
        "struct P { n: u32, x: vec2u }\n@group(0) @binding(0) var<uniform> p: P;\nfn f(a: u32) -> u32 {\n  var i: u32 = a;\n  return i;\n}\n@compute @workgroup_size(32) @subgroup_size(16)\nfn main(@builtin(workgroup_id) g: vec3u) {\n}",
      ),
    ).toMatch(
      /struct P \{ u32 n; vec2u x; DEVICE P\(\) \{\} DEVICE P\(u32 n_, vec2u x_\) : n\(n_\), x\(x_\) \{\} \};[\s\S]*DEVICE u32 f\(u32 a\) \{\n {2}u32 i = a;[\s\S]*launch_bounds\(32\)/,
    );
  });
});
