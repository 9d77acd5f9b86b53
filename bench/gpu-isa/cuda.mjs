/** CUDA C++ of the WGSL of a contraction on tiles, for clang: the vectors are classes, and the module is a struct, in which, as in WGSL, the order of functions does not matter. */

const scalars = { f: "float", h: "_Float16", u: "u32", i: "i32" };

const vector = (n, letter) => {
  const [type, names] = [scalars[letter], ["x", "y", "z", "w"].slice(0, n)];
  const name = `vec${n}${letter}`;
  // WGSL's vectors of three are aligned as those of four.
  const align = (letter === "h" ? 2 : 4) * (n === 3 ? 4 : n);
  const operators = (letter === "u" || letter === "i" ? ["+", "-", "*", "/", "%"] : ["+", "-", "*", "/"]).map(
    (
      sign,
    ) => `DEVICE ${name} operator${sign}(${name} a, ${name} b) { return ${name}(${names.map((m) => `a.${m} ${sign} b.${m}`).join(", ")}); }
DEVICE ${name} operator${sign}(${name} a, ${type} b) { return a ${sign} ${name}(b); }`,
  );
  const larger = `DEVICE ${name} max(${name} a, ${name} b) { return ${name}(${names.map((m) => `a.${m} > b.${m} ? a.${m} : b.${m}`).join(", ")}); }`;
  return `struct alignas(${align}) ${name} {
  ${type} ${names.join(", ")};
  ${name}() = default;
  DEVICE ${name}(const ${name}& v) : ${names.map((m) => `${m}(v.${m})`).join(", ")} {}
  DEVICE ${name}& operator=(const ${name}& v) { ${names.map((m) => `${m} = v.${m};`).join(" ")} return *this; }
  DEVICE explicit ${name}(${type} all) : ${names.map((m) => `${m}(all)`).join(", ")} {}
  DEVICE ${name}(${names.map((m) => `${type} ${m}_`).join(", ")}) : ${names.map((m) => `${m}(${m}_)`).join(", ")} {}
  template <class V> DEVICE explicit ${name}(const V& v) requires requires { v.${names.at(-1)}; } : ${names.map((m) => `${m}((${type})v.${m})`).join(", ")} {}
  DEVICE ${type}& operator[](u32 i) { return (&x)[i]; }
  DEVICE const ${type}& operator[](u32 i) const { return (&x)[i]; }
};
${operators.join("\n")}
${larger}`;
};

/** A matrix of 16 x 16 halves or sums is eight registers of each lane; places and strides in workgroup memory count vectors of four. */
const matrices = `
DEVICE u32 sharedAddress(const void* p) { unsigned long long at; asm("cvta.to.shared.u64 %0, %1;" : "=l"(at) : "l"(p)); return (u32)at; }
struct LeftMatrix { u32 v[8]; };
struct RightMatrix { u32 v[8]; };
struct ResultMatrix { float v[8]; };
#define LOAD(Type, operand, layout) \\
  DEVICE Type load##Type##_##layout##_major(const vec4h* tile, u32 at, u32 stride) { Type m; \\
    asm volatile("wmma.load." operand ".sync.aligned." #layout ".m16n16k16.shared.f16 {%0, %1, %2, %3, %4, %5, %6, %7}, [%8], %9;" \\
      : "=r"(m.v[0]), "=r"(m.v[1]), "=r"(m.v[2]), "=r"(m.v[3]), "=r"(m.v[4]), "=r"(m.v[5]), "=r"(m.v[6]), "=r"(m.v[7]) \\
      : "r"(sharedAddress(tile + at)), "r"(4u * stride) : "memory"); return m; }
LOAD(LeftMatrix, "a", row) LOAD(LeftMatrix, "a", col) LOAD(RightMatrix, "b", row) LOAD(RightMatrix, "b", col)
DEVICE ResultMatrix subgroupMatrixMultiplyAccumulate(LeftMatrix a, RightMatrix b, ResultMatrix c) { ResultMatrix d; __hmma_m16n16k16_mma_f32f32(d.v, (const int*)a.v, (const int*)b.v, c.v, ROWCOL, 0); return d; }
DEVICE void storeMatrix(vec4f* p, u32 at, ResultMatrix m, u32 stride) { __hmma_m16n16k16_st_c_f32((float*)(p + at), m.v, 4u * stride, 0); }
`;

const prelude = `
typedef unsigned u32; typedef int i32; typedef float f32; typedef _Float16 f16;
#define DEVICE __attribute__((device, always_inline)) inline
#define SHARED __attribute__((shared))
#define ROWCOL 1
${[2, 3, 4].flatMap((n) => ["f", "h", "u", "i"].map((letter) => vector(n, letter))).join("\n")}
template <class T, int N> struct Array { T v[N]; DEVICE T& operator[](u32 i) { return v[i]; } DEVICE const T& operator[](u32 i) const { return v[i]; } };
template <class T, class... Rest> DEVICE Array<T, 1 + sizeof...(Rest)> array(T first, Rest... rest) { return {{first, rest...}}; }
template <class T> DEVICE T select(T no, T yes, bool which) { return which ? yes : no; }
DEVICE vec2u select(vec2u no, vec2u yes, bool which) { return vec2u(which ? yes.x : no.x, which ? yes.y : no.y); }
DEVICE vec4f select(vec4f no, vec4f yes, bool which) { return vec4f(which ? yes.x : no.x, which ? yes.y : no.y, which ? yes.z : no.z, which ? yes.w : no.w); }
typedef _Float16 Halves __attribute__((ext_vector_type(2)));
DEVICE u32 word(f16 a, f16 b) { return __builtin_bit_cast(u32, (Halves){a, b}); }
DEVICE Halves halves(u32 bits) { return __builtin_bit_cast(Halves, bits); }
template <class T, class V> DEVICE T bitcast(V v);
template <> DEVICE vec2u bitcast<vec2u, vec4h>(vec4h v) { return vec2u(word(v.x, v.y), word(v.z, v.w)); }
template <> DEVICE vec4h bitcast<vec4h, vec2u>(vec2u v) { Halves a = halves(v.x), b = halves(v.y); return vec4h(a.x, a.y, b.x, b.y); }
template <class T> DEVICE T min(T a, T b) { return a < b ? a : b; }
template <class T> DEVICE T max(T a, T b) { return a > b ? a : b; }
DEVICE f32 fma(f32 a, f32 b, f32 c) { return __builtin_fmaf(a, b, c); }
DEVICE vec4f fma(vec4f a, vec4f b, vec4f c) { return vec4f(fma(a.x, b.x, c.x), fma(a.y, b.y, c.y), fma(a.z, b.z, c.z), fma(a.w, b.w, c.w)); }
DEVICE void workgroupBarrier() { __nvvm_bar_sync(0); }
${matrices}`;

const builtins = {
  workgroup_id:
    "vec3u(__nvvm_read_ptx_sreg_ctaid_x(), __nvvm_read_ptx_sreg_ctaid_y(), __nvvm_read_ptx_sreg_ctaid_z())",
  num_workgroups:
    "vec3u(__nvvm_read_ptx_sreg_nctaid_x(), __nvvm_read_ptx_sreg_nctaid_y(), __nvvm_read_ptx_sreg_nctaid_z())",
  // Masks say how large they are at most.
  local_invocation_index: "(u32)__nvvm_read_ptx_sreg_tid_x() & 1023u",
  subgroup_id: "((u32)__nvvm_read_ptx_sreg_tid_x() & 1023u) / 32u",
  subgroup_invocation_id: "(u32)__nvvm_read_ptx_sreg_tid_x() & 31u",
};

const typeOf = (type) =>
  type
    .trim()
    .replace(/^array<(.+),\s*(\w+)>$/, (_, element, count) => `Array<${typeOf(element)}, ${count}>`)
    .replace(
      /^subgroup_matrix_(\w)(\w+)<.*>$/,
      (_, initial, rest) => `${initial.toUpperCase()}${rest}Matrix`,
    );

const pairsOf = (list) =>
  list
    .split(/,(?![^<]*>)/)
    .map((item) => item.trim())
    .filter(Boolean)
    .map((item) => /^(?:@\w+\((\w+)\)\s*)?(\w+)\s*:\s*(.+)$/.exec(item))
    .map(([, builtin, name, type]) => ({ builtin, name, type: typeOf(type) }));

/** @param {string} wgsl @returns {string} */
export function cudaOf(wgsl) {
  const [outside, members, parameters, initial] = [[], [], [], []];
  const buffer = (type, name) => {
    members.push(`${type} ${name};`);
    parameters.push(`${type} ${name}_`);
    initial.push(`${name}_`);
  };
  const body = wgsl
    .replace(/\/\/.*$/gm, "")
    .replace(/^(enable|requires|diagnostic)\b.*$/gm, "")
    .replace(/^alias (\w+) = ([^;]+);/gm, (_, name, type) => {
      outside.push(`using ${name} = ${typeOf(type)};`);
      return "";
    })
    .replace(/^struct (\w+) \{([^}]*)\}/gm, (_, name, list) => {
      const fields = pairsOf(list);
      const initializer = `DEVICE ${name}(${fields.map((f) => `${f.type} ${f.name}_`).join(", ")}) : ${fields.map((f) => `${f.name}(${f.name}_)`).join(", ")} {}`;
      outside.push(
        `struct ${name} { ${fields.map((f) => `${f.type} ${f.name};`).join(" ")} DEVICE ${name}() {} ${initializer} };`,
      );
      return "";
    })
    .replace(/^const (\w+) =/gm, "static constexpr auto $1 =")
    .replace(/^var<workgroup> (\w+): array<(\w+), (\w+)>;/gm, (_, name, element, count) => {
      outside.push(`SHARED ${element} ${name}[${count}];`);
      return "";
    })
    .replace(
      /^@group\(0\) @binding\(\d+\) var<storage, (\w+)> (\w+): array<([^>]+)>;/gm,
      (_, access, name, element) => {
        buffer(`${access === "read" ? "const " : ""}${element}* __restrict__`, name);
        return "";
      },
    )
    .replace(
      /^(?:@group\(0\) @binding\(\d+\) var<uniform>|var<immediate>) (\w+): (\w+);/gm,
      (_, name, type) => {
        buffer(type, name);
        return "";
      },
    )
    .replace(/^(?:@subgroup_size\(\d+\)\n)?@compute[^{]*?fn main\(([^{]*)\) \{/gm, (_, list) => {
      const values = pairsOf(list).map(({ builtin, name }) => `const auto ${name} = ${builtins[builtin]};`);
      return `DEVICE void main() {\n  ${values.join("\n  ")}`;
    })
    .replace(/^fn (\w+)\(([^)]*)\)(?: -> ([^{]+?))? \{/gm, (_, name, list, result) => {
      const given = pairsOf(list).map((parameter) => `${parameter.type} ${parameter.name}`);
      return `DEVICE ${result ? typeOf(result) : "void"} ${name}(${given.join(", ")}) {`;
    })
    .replace(/subgroupMatrixLoad<(\w+), (\w+)_major>\(&/g, (_, alias, layout) => {
      const type = outside.find((line) => line.startsWith(`using ${alias} `)).match(/= (\w+);/)[1];
      return `load${type}_${layout}_major(`;
    })
    .replace(/subgroupMatrixStore<row_major>\(&/g, "storeMatrix(")
    .replace(/\blet (\w+) =/g, "const auto $1 =")
    .replace(/\bvar (\w+) =/g, "auto $1 =")
    .replace(
      /\bvar (\w+): ([^;=]+)([;=])/g,
      (_, name, type, end) => `${typeOf(type)} ${name}${end === ";" ? "{};" : " ="}`,
    )
    .replace(/,(\s*)\)/g, "$1)")
    .replace(/(?<![\w.])(\d+\.\d+)(?![\w.])/g, "$1f");
  const threads = /@workgroup_size\((\d+)\)/.exec(wgsl)[1];
  return `${prelude}
${outside.join("\n")}
struct Module {
${members.join("\n")}
${body}
};
extern "C" __attribute__((global, launch_bounds(${threads}))) void kernel(${parameters.join(", ")}) {
  Module module{${initial.join(", ")}};
  module.main();
}
`;
}
