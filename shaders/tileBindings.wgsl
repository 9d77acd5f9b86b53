// A is read in vectors where the innermost extent of its value is a multiple of four; so is b. Places and strides in a and b count what is read at once: unitA and unitB elements.
#if A_VECTORS
@group(0) @binding(0) var<storage, read> a: array<Operand4>;
const unitA = 4u;
#else
@group(0) @binding(0) var<storage, read> a: array<Operand>;
const unitA = 1u;
#end
#if B_VECTORS
@group(0) @binding(1) var<storage, read> b: array<Operand4>;
const unitB = 4u;
#else
@group(0) @binding(1) var<storage, read> b: array<Operand>;
const unitB = 1u;
#end

// Four elements as they lie in memory, and whether they count. What the next turn multiplies is loaded before this one multiplies, so nothing may use it yet: it is masked, and halves become
// numbers, where it is written to workgroup memory. What is outside is read from the start of the buffer, as a load that some lanes skip is waited for by all.
struct Fetched { value: Operand4, inside: bool }
fn masked(fetched: Fetched) -> Operand4 {
#if OPERAND_HALF && SUBGROUP_MATRIX
  // Two halves at a time, which takes fewer instructions. Naga, which has no such matrices, knows no bitcast between halves and whole numbers.
  return bitcast<vec4h>(select(vec2u(), bitcast<vec2u>(fetched.value), fetched.inside));
#else
  return select(Operand4(), fetched.value, fetched.inside);
#end
}

const outside = 0x40000000u;

// What workgroup z selects: a part of k, a phase or matrix, and the high part of a count of row tiles beyond the limit.
struct Slice { part: u32, item: u32, high: u32 }

fn splitSlice(z: u32, parts: u32, items: u32) -> Slice {
  let rest = z / items;
  let high = rest / parts;
  return Slice(rest - high * parts, z - rest * items, high);
}

// Where a row of the result starts, if there is such a row.
struct Place { exists: bool, start: u32 }

fn vertical(pair: u32) -> u32 { return pair & 0xffffu; }
fn horizontal(pair: u32) -> u32 { return pair >> 16u; }
