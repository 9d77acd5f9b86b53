// Four k of the tile: a0, a1, ... are loaded; `weight` is this invocation's texel of b, `weightStep` the texels per k.
#if COLUMNS > 4
  #for h in COLUMNS / 8
      let b${h} = loadB(weight + ${h * 32 / COLUMNS}u * weightStep);
  #end
#else
      let b0 = loadB(weight);
#end
#for k in 4
  #for q in COLUMNS / 4
      let w${k}_${q} = subgroupBroadcast(b${k * COLUMNS / 32}, ${k * COLUMNS / 4 % 8 + q}u);
    #for v in VECTORS
      c${v}_${q} += w${k}_${q} * a${v}[${k}];
    #end
  #end
#end
