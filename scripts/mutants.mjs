import { parseSync, Visitor } from "vite";

const OPERATORS = {
  ...{ "+": "-", "-": "+", "*": "/", "/": "*", "%": "*" },
  ...{ "<": "<=", "<=": "<", ">": ">=", ">=": ">", "===": "!==", "!==": "===" },
  ...{ "&&": "||", "||": "&&", "??": "&&" },
};

const FUNCTIONS = {
  min: "max",
  max: "min",
  floor: "ceil",
  ceil: "floor",
  round: "floor",
  some: "every",
  every: "some",
};

/** Small mistakes that somebody could have made in the source of a file: another operator, a number that is one off, a condition turned round. Each is one text in place of another one. */
export function mutantsOf(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const found = [];
  const types = [];
  const put = (start, end, to) => found.push({ start, end, from: text.slice(start, end), to });
  // The operator stands between its operands, after brackets and comments perhaps.
  const operator = ({ left, right, operator: from }) => {
    const to = OPERATORS[from];
    const at = text.indexOf(from, left.end);
    if (to && at >= 0 && at < right.start) put(at, at + from.length, to);
  };
  const condition = ({ test }) => test && put(test.start, test.end, `!(${text.slice(test.start, test.end)})`);
  new Visitor({
    BinaryExpression: operator,
    LogicalExpression: operator,
    IfStatement: condition,
    ConditionalExpression: condition,
    TSLiteralType: ({ start, end }) => types.push([start, end]),
    Literal: ({ start, end, value }) => {
      if (typeof value === "number") put(start, end, `${value + 1}`);
      if (typeof value === "boolean") put(start, end, `${!value}`);
    },
    UnaryExpression: ({ start, argument, operator: from }) => {
      if (from === "!" || from === "-") put(start, argument.start, "");
    },
    MemberExpression: ({ computed, property }) => {
      const to = computed ? undefined : FUNCTIONS[property.name];
      if (to) put(property.start, property.end, to);
    },
  }).visit(program);
  return found
    .filter(({ start }) => !types.some(([from, to]) => start >= from && start < to))
    .map((mutant) => ({ path, line: text.slice(0, mutant.start).split("\n").length, ...mutant }));
}

/** The source with the mistake in it. */
export const mutated = (text, { start, end, to }) => text.slice(0, start) + to + text.slice(end);
