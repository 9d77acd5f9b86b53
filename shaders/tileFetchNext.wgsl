    if (k + ${DEPTH}u < end) {
#for j in A_ALONG_K + (1 - A_ALONG_K) * A_FETCHES
      depthA${j} = advance(slice, depthA${j});
#end
#for j in A_FETCHES
      nextA${j} = fetchA(rowA${j * A_ALONG_K}, depthA${j * (1 - A_ALONG_K)});
#end
#for j in B_FETCHES
      nextB${j} = fetchB(slice, k + ${DEPTH}u + depthB${j}, columnB${j}, depthA0);
#end
    }
