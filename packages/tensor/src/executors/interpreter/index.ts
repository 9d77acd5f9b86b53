export { interpret } from "./interpret.js";
export { Interpreter } from "./interpreter.js";
export { type InterpretOptions, interpretGraph } from "./interpretGraph.js";
