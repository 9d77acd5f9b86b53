// The body of the GPU contractions for results of at most ${COLUMNS} columns, ${USED} here, in the place of tileMain: a tile of 32 columns would be empty but for those. result[row, column] = sum over k of
// a(row, k) * b(k, column) is bound by reading a. A workgroup of 256 has ${ROWS} rows; ${LANES} invocations share each, of which every one adds up its k for four rows, and then all are added up in
// workgroup memory. b is small and read where it lies. The next of a are fetched while the current ones are multiplied.
const padded = 257u; // one more than there are invocations keeps banks apart
var<workgroup> sums: array<f32, ${4 * 257}>; // [row of four][invocation]

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

#for c in USED
  var sum${c} = vec4f();  // of four rows
#end
  for (var k = begin; k < end; k += ${DEPTH}u) {
#for j in 4
    let a${j} = nextA${j};
#end
#if B_ALONG_K
  #for c in USED
    let b${c} = fetchB(slice, k + firstA, ${c}u, depthA0);
  #end
#else
  #for e in 4
    let b${e} = fetchB(slice, k + firstA + ${e * (A_ALONG_K + (1 - A_ALONG_K) * LANES)}u, 0u, depthA0);
  #end
#end
#include tileFetchNext
    {
#if A_ALONG_K
  #for j in 4
      let row${j} = vec4f(masked(a${j}));
  #end
  #for e in 4
      let rows${e} = vec4f(row0[${e}], row1[${e}], row2[${e}], row3[${e}]);
  #end
#else
  #for e in 4
      let rows${e} = vec4f(masked(a${e}));
  #end
#end
#for e in B_ALONG_K * USED + (1 - B_ALONG_K) * 4
      let four${e} = vec4f(masked(b${e}));
#end
#for e in 4
  #for c in USED
    #if B_ALONG_K
      sum${c} = fma(rows${e}, vec4f(four${c}[${e}]), sum${c});
    #else
      sum${c} = fma(rows${e}, vec4f(four${e}[${c}]), sum${c});
    #end
  #end
#end
    }
  }

#if A_ALONG_K
  // Neighbouring invocations share a row, and the four rows of an invocation are ${256 / LANES} apart.
  let r = thread % ${LANES}u;
  let first = thread - r;
  let row = firstRow + first / ${LANES}u + r * ${256 / LANES}u;
  let apart = 1u;
#else
  let r = thread / ${256 / LANES}u;
  let first = thread % ${256 / LANES}u;
  let row = firstRow + first * 4u + r;
  let apart = ${256 / LANES}u;
#end
  var value = vec4f();
#for c in USED
  workgroupBarrier();
  #for r in 4
  sums[${r}u * padded + thread] = sum${c}[${r}];
  #end
  workgroupBarrier();
  if (r < 4u) {
    for (var lane = 0u; lane < ${LANES}u; lane++) {
      value[${c}] += sums[r * padded + first + lane * apart];
    }
  }
#end
  if (r < 4u) {
    let place = resultPlace(slice, row);
    if (place.exists) {
      store(place.start, 0u, value);
    }
  }
}
