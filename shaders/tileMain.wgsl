// The body shared by the GPU contractions: result[row, column] = sum over k of a(row, k) * b(k, column), a tile of
// ${ROWS} x ${COLUMNS} per workgroup of 256, ${4 * ROW_GROUPS} x ${4 * COLUMN_GROUPS} per invocation, ${DEPTH} k at a time. The next k are fetched into registers
// while the current ones are multiplied. The including file says how a and b are fetched, four elements at once: along k, or
// along the rows (of a) or columns (of b); and where a row of the result lies.
const lineA = ${ROWS / 4 + 1}u;    // vectors per k in tileA; one more than needed keeps banks apart
const lineB = ${COLUMNS / 4 + 1}u;
// [k][row / 4] and [k][column / 4]. What is fetched along k is written number by number, and neighbours by different invocations. Such a tile is an array of numbers: by
// WGSL's rules a store to a component of a vector is one to all of it, and would race. Compilers make one load of the four.
#if A_ALONG_K
var<workgroup> tileA: array<f32, ${DEPTH * (ROWS + 4)}>;
fn fourRows(at: u32) -> vec4f { return vec4f(tileA[4u * at], tileA[4u * at + 1u], tileA[4u * at + 2u], tileA[4u * at + 3u]); }
#else
var<workgroup> tileA: array<vec4f, ${DEPTH * (ROWS / 4 + 1)}>;
fn fourRows(at: u32) -> vec4f { return tileA[at]; }
#end
#if B_ALONG_K
var<workgroup> tileB: array<f32, ${DEPTH * (COLUMNS + 4)}>;
fn fourColumns(at: u32) -> vec4f { return vec4f(tileB[4u * at], tileB[4u * at + 1u], tileB[4u * at + 2u], tileB[4u * at + 3u]); }
#else
var<workgroup> tileB: array<vec4f, ${DEPTH * (COLUMNS / 4 + 1)}>;
fn fourColumns(at: u32) -> vec4f { return tileB[at]; }
#end

#include store

#if ASKED_SUBGROUP
@subgroup_size(${ASKED_SUBGROUP})
#end
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
#include tileFetchFirst

  let acrossThread = thread % ${COLUMNS / (4 * COLUMN_GROUPS)}u;
  let downThread = thread / ${COLUMNS / (4 * COLUMN_GROUPS)}u;
#for i in 4 * ROW_GROUPS
  #for h in COLUMN_GROUPS
  var c${i}_${h} = vec4f();
  #end
#end

  for (var k = begin; k < end; k += ${DEPTH}u) {
    workgroupBarrier();
#for j in A_FETCHES
  #if A_ALONG_K
    {
      let at = thread % ${DEPTH / 4}u * 16u * lineA + thread / ${DEPTH / 4}u + ${j * 1024 / DEPTH}u;
      let four = vec4f(masked(nextA${j}));
    #for e in 4
      tileA[at + ${4 * e}u * lineA] = four[${e}];
    #end
    }
  #else
    tileA[(thread / ${ROWS / 4}u + ${j * 1024 / ROWS}u) * lineA + thread % ${ROWS / 4}u] = vec4f(masked(nextA${j}));
  #end
#end
#if COLUMNS * DEPTH < 1024
    if (thread < ${COLUMNS * DEPTH / 4}u) {
#else
    {
#end
#for j in B_FETCHES
  #if B_ALONG_K
      {
        let at = thread % ${DEPTH / 4}u * 16u * lineB + thread / ${DEPTH / 4}u + ${j * 1024 / DEPTH}u;
        let four = vec4f(masked(nextB${j}));
    #for e in 4
        tileB[at + ${4 * e}u * lineB] = four[${e}];
    #end
      }
  #else
      tileB[(thread / ${COLUMNS / 4}u + ${j * 1024 / COLUMNS}u) * lineB + thread % ${COLUMNS / 4}u] = vec4f(masked(nextB${j}));
  #end
#end
    }
    workgroupBarrier();

#include tileFetchNext

    for (var step = 0u; step < ${DEPTH}u; step++) {
#for g in ROW_GROUPS
      let a${g} = fourRows(step * lineA + downThread + ${g * 256 * 4 * COLUMN_GROUPS / COLUMNS}u);
#end
#for h in COLUMN_GROUPS
      let b${h} = fourColumns(step * lineB + acrossThread + ${h * COLUMNS / (4 * COLUMN_GROUPS)}u);
#end
#for i in 4 * ROW_GROUPS
  #for h in COLUMN_GROUPS
      c${i}_${h} = fma(vec4f(a${i / 4}[${i % 4}]), b${h}, c${i}_${h});
  #end
#end
    }
  }

#for i in 4 * ROW_GROUPS
  {
    let row = firstRow + (downThread + ${i / 4 * 256 * 4 * COLUMN_GROUPS / COLUMNS}u) * 4u + ${i % 4}u;
    let place = resultPlace(slice, row);
    if (place.exists) {
  #for h in COLUMN_GROUPS
      store(place.start, firstColumn + (acrossThread + ${h * COLUMNS / (4 * COLUMN_GROUPS)}u) * 4u, c${i}_${h});
  #end
    }
  }
#end
}
