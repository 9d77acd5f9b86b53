  // The tile that the workgroup computes, the part of k, and what this invocation fetches of it: nextA0, ... and nextB0, ...
  let slice = locateSlice(group.z);
  let firstRow = (slice.high * groups.y + group.y) * ${ROWS}u;
  let firstColumn = group.x * ${COLUMNS}u;
  let lastDepth = sliceDepth(slice);
  let begin = slice.part * p.depthPerPart;
  let end = min(lastDepth, begin + p.depthPerPart);

#if A_ALONG_K
  #for j in A_FETCHES
  let rowA${j} = locateRow(slice, firstRow + thread / ${DEPTH / 4}u + ${j * 1024 / DEPTH}u);
  #end
  let firstA = thread % ${DEPTH / 4}u * 4u;
  var depthA0 = locateDepth(slice, begin + firstA);
  #for j in A_FETCHES
  var nextA${j} = fetchA(slice, rowA${j}, depthA0, begin + firstA);
  #end
#else
  let rowA0 = locateRow(slice, firstRow + thread % ${ROWS / 4}u * 4u);
  let firstA = thread / ${ROWS / 4}u;
  // Of the first k that it fetches; the others follow from it.
  var depthA0 = locateDepth(slice, begin + firstA);
  #for j in A_FETCHES
  var nextA${j} = fetchA(slice, rowA0, advance(slice, depthA0, ${j * 1024 / ROWS}u), begin + firstA + ${j * 1024 / ROWS}u);
  #end
#end
#for j in B_FETCHES
  #if B_ALONG_K
  let columnB${j} = firstColumn + thread / ${DEPTH / 4}u + ${j * 1024 / DEPTH}u;
  let depthB${j} = thread % ${DEPTH / 4}u * 4u;
  #else
  let columnB${j} = firstColumn + thread % ${COLUMNS / 4}u * 4u;
  let depthB${j} = thread / ${COLUMNS / 4}u + ${j * 1024 / COLUMNS}u;
  #end
  var nextB${j} = fetchB(slice, begin + depthB${j}, columnB${j}, depthA0);
#end
