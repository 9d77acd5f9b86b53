// How the operands and the result of a contraction lie in memory; what is computed with them is f32.
#if OPERAND_HALF || RESULT_HALF || STORE_HALF
enable f16;
#end
#if ASKED_SUBGROUP
enable subgroups;
enable subgroup_size_control;
#end
#if SUBGROUP_MATRIX
enable subgroups;
enable chromium_experimental_subgroup_matrix;
// That whole subgroups meet in each call follows from their numbers, which the analysis does not follow.
diagnostic(off, chromium.subgroup_matrix_uniformity);
#end
#if OPERAND_HALF
alias Operand = f16;
alias Operand4 = vec4h;
#else
alias Operand = f32;
alias Operand4 = vec4f;
#end
#if RESULT_HALF
alias Result = f16;
alias Result4 = vec4h;
#else
alias Result = f32;
alias Result4 = vec4f;
#end
