    // A loop, as what becomes of four columns may be much text.
    var sums = array<vec4f, ${COLUMNS / 4}>(
#for q in COLUMNS / 4
      c${v}_${q},
#end
    );
    for (var q = 0u; q < min(${COLUMNS / 4}u, (p.columns - column + 3u) / 4u); q++) {
      store(start, column + 4u * q, sums[q]);
    }
