// The body of the GPU contractions for adapters with subgroup matrices (tensor cores), in the place of tileMain: operands are halves, sums f32. A
// tile of ${ROWS} x ${COLUMNS} per workgroup of 256, ${DEPTH} k at a time. Its subgroups stand in a grid of ${GRID_ROWS} x ${GRID_COLUMNS} over the tile; each one owns
// ${BLOCK_ROWS} x ${BLOCK_COLUMNS} matrices of ${M} x ${N}. Types name the columns first: left<K, M>, right<N, K>, result<N, M>.
alias Left = subgroup_matrix_left<f16, ${K}, ${M}>;
alias Right = subgroup_matrix_right<f16, ${N}, ${K}>;
alias Sums = subgroup_matrix_result<f32, ${N}, ${M}>;

// Operands lie as they are fetched, in vectors along k, or along the rows (of a) or columns (of b). Two vectors more per line than
// needed, 16 bytes, keep banks apart and lines aligned.
#if A_ALONG_K
const lineA = ${DEPTH / 4 + 2}u;
var<workgroup> tileA: array<vec4h, ${ROWS * (DEPTH / 4 + 2)}>; // [row][k / 4]
#else
const lineA = ${ROWS / 4 + 2}u;
var<workgroup> tileA: array<vec4h, ${DEPTH * (ROWS / 4 + 2)}>; // [k][row / 4]
#end
#if B_ALONG_K
const lineB = ${DEPTH / 4 + 2}u;
var<workgroup> tileB: array<vec4h, ${COLUMNS * (DEPTH / 4 + 2)}>; // [column][k / 4]
#else
const lineB = ${COLUMNS / 4 + 2}u;
var<workgroup> tileB: array<vec4h, ${DEPTH * (COLUMNS / 4 + 2)}>; // [k][column / 4]
#end
// A matrix of sums per subgroup: single elements of one cannot be reached where it is.
var<workgroup> sums: array<vec4f, ${GRID_ROWS * GRID_COLUMNS * M * N / 4}>;

#include store

#if ASKED_SUBGROUP
@subgroup_size(${ASKED_SUBGROUP})
#end
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
#include tileFetchFirst

  let blockRow = subgroup / ${GRID_COLUMNS}u * ${BLOCK_ROWS * M}u;
  let blockColumn = subgroup % ${GRID_COLUMNS}u * ${BLOCK_COLUMNS * N}u;
#for i in BLOCK_ROWS
  #for h in BLOCK_COLUMNS
  var c${i}_${h}: Sums;
  #end
#end

  for (var k = begin; k < end; k += ${DEPTH}u) {
    workgroupBarrier();
#for j in A_FETCHES
  #if A_ALONG_K
    tileA[(thread / ${DEPTH / 4}u + ${j * 1024 / DEPTH}u) * lineA + thread % ${DEPTH / 4}u] = masked(nextA${j});
  #else
    tileA[(thread / ${ROWS / 4}u + ${j * 1024 / ROWS}u) * lineA + thread % ${ROWS / 4}u] = masked(nextA${j});
  #end
#end
#for j in B_FETCHES
  #if B_ALONG_K
    tileB[(thread / ${DEPTH / 4}u + ${j * 1024 / DEPTH}u) * lineB + thread % ${DEPTH / 4}u] = masked(nextB${j});
  #else
    tileB[(thread / ${COLUMNS / 4}u + ${j * 1024 / COLUMNS}u) * lineB + thread % ${COLUMNS / 4}u] = masked(nextB${j});
  #end
#end
    workgroupBarrier();

#include tileFetchNext

#for s in DEPTH / K
    {
  #for i in BLOCK_ROWS
    #if A_ALONG_K
      let a${i} = subgroupMatrixLoad<Left, row_major>(&tileA, (blockRow + ${i * M}u) * lineA + ${s * K / 4}u, lineA);
    #else
      let a${i} = subgroupMatrixLoad<Left, col_major>(&tileA, ${s * K}u * lineA + (blockRow + ${i * M}u) / 4u, lineA);
    #end
  #end
  #for h in BLOCK_COLUMNS
    #if B_ALONG_K
      let b${h} = subgroupMatrixLoad<Right, col_major>(&tileB, (blockColumn + ${h * N}u) * lineB + ${s * K / 4}u, lineB);
    #else
      let b${h} = subgroupMatrixLoad<Right, row_major>(&tileB, ${s * K}u * lineB + (blockColumn + ${h * N}u) / 4u, lineB);
    #end
    #for i in BLOCK_ROWS
      c${i}_${h} = subgroupMatrixMultiplyAccumulate(a${i}, b${h}, c${i}_${h});
    #end
  #end
    }
#end
  }

#for i in BLOCK_ROWS
  #for h in BLOCK_COLUMNS
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&sums, subgroup * ${M * N / 4}u, c${i}_${h}, ${N / 4}u);
  workgroupBarrier();
  for (var e = lane; e < ${M * N / 4}u; e += ${SUBGROUP}u) {
    let place = resultPlace(slice, firstRow + blockRow + ${i * M}u + e / ${N / 4}u);
    if (place.exists) {
      store(place.start, firstColumn + blockColumn + ${h * N}u + e % ${N / 4}u * 4u, sums[subgroup * ${M * N / 4}u + e]);
    }
  }
  #end
#end
}
