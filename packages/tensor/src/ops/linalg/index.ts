export { blockDiag } from "./blockDiag.js";
export { cdist } from "./cdist.js";
export { cholesky } from "./cholesky.js";
export { det, type Slogdet, slogdet } from "./det.js";
export { diag, diagEmbed, diagonal, trace } from "./diagonal.js";
export { type Eigh, eigh } from "./eigh.js";
export { type LeastSquares, lstsq, matrixRank, pinv, type RankOptions } from "./leastSquares.js";
export { type LU, lu } from "./lu.js";
export { matrixExp } from "./matrixExp.js";
export {
  type MatrixNorm,
  type MatrixNormOptions,
  matrixNorm,
  type NormOptions,
  norm,
  type VectorNormOptions,
  vectorNorm,
} from "./norm.js";
export { type NormalizeOptions, normalize } from "./normalize.js";
export { kron, matrixPower, outer } from "./products.js";
export { type QR, qr } from "./qr.js";
export { renorm } from "./renorm.js";
export { inv, solve } from "./solve.js";
export { type SVD, svd } from "./svd.js";
export { type TriangularSolveOptions, triangularSolve } from "./triangularSolve.js";
