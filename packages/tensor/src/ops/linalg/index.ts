export { cholesky } from "./cholesky.js";
export { type LU, lu } from "./lu.js";
export { inv, solve } from "./solve.js";
export { type TriangularSolveOptions, triangularSolve } from "./triangularSolve.js";
