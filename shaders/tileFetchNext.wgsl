    if (k + ${DEPTH}u < end) {
      depthA0 = advance(slice, depthA0, ${DEPTH}u);
#if A_ALONG_K
  #for j in A_FETCHES
      nextA${j} = fetchA(slice, rowA${j}, depthA0, k + ${DEPTH}u + firstA);
  #end
#else
      // Before all loads: a loop between them waits for the first.
  #for j in A_FETCHES
      let following${j} = advance(slice, depthA0, ${j * 1024 / ROWS}u);
  #end
  #for j in A_FETCHES
      nextA${j} = fetchA(slice, rowA0, following${j}, k + ${DEPTH}u + firstA + ${j * 1024 / ROWS}u);
  #end
#end
#for j in B_FETCHES
      nextB${j} = fetchB(slice, k + ${DEPTH}u + depthB${j}, columnB${j}, depthA0);
#end
    }
