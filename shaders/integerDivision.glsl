// Integers divided by 0 stay what they are, and leave 0, as in WGSL; GLSL promises nothing there, nor for the lowest integer by -1.
int quotient(int a, int b) { return b == 0 ? a : b == -1 ? -a : a / b; }

uint quotient(uint a, uint b) { return b == 0u ? a : a / b; }

// Towards zero: of negative numbers GLSL leaves it open.
int integerRemainder(int a, int b) { return a - quotient(a, b) * (b == 0 ? 1 : b); }

uint integerRemainder(uint a, uint b) { return b == 0u ? 0u : a % b; }
