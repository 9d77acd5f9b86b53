export type Constants = Readonly<Record<string, number>>;

const binary: Readonly<
  Record<string, { readonly level: number; readonly apply: (a: number, b: number) => number }>
> = {
  "||": { level: 1, apply: (a, b) => (a !== 0 || b !== 0 ? 1 : 0) },
  "&&": { level: 2, apply: (a, b) => (a !== 0 && b !== 0 ? 1 : 0) },
  "==": { level: 3, apply: (a, b) => (a === b ? 1 : 0) },
  "!=": { level: 3, apply: (a, b) => (a !== b ? 1 : 0) },
  "<": { level: 4, apply: (a, b) => (a < b ? 1 : 0) },
  ">": { level: 4, apply: (a, b) => (a > b ? 1 : 0) },
  "+": { level: 5, apply: (a, b) => a + b },
  "-": { level: 5, apply: (a, b) => a - b },
  "*": { level: 6, apply: (a, b) => a * b },
  "/": { level: 6, apply: (a, b) => Math.trunc(a / b) },
  "%": { level: 6, apply: (a, b) => a % b },
};

/** The value of an integer expression: names, numbers, parentheses and the operators above; division truncates. */
function evaluate(expression: string, constants: Constants): number {
  const tokens = expression.match(/\d+|\w+|\|\||&&|==|!=|\S/g) ?? [];
  let next = 0;
  const fail = (): never => {
    throw new Error(`preprocess: cannot evaluate "${expression}" at "${tokens[next] ?? "its end"}"`);
  };
  const operand = (): number => {
    const token = tokens[next++];
    if (token === "(") {
      const value = level(1);
      return tokens[next++] === ")" ? value : fail();
    }
    if (token === undefined) return fail();
    if (/^\d/.test(token)) return Number(token);
    return constants[token] ?? fail();
  };
  const level = (lowest: number): number => {
    let value = operand();
    for (;;) {
      const operator = binary[tokens[next] ?? ""];
      if (operator === undefined || operator.level < lowest) return value;
      next++;
      value = operator.apply(value, level(operator.level + 1));
    }
  };
  const value = level(1);
  return next === tokens.length ? value : fail();
}

/**
 * Specialises WGSL text. A line may be a directive: `#if <expression>`, `#else`, `#end`, `#for <name> in <expression>` (the
 * name counts from 0), `#end`, and `#include <part>`; anywhere else `${<expression>}` is replaced by its value. Expressions
 * are integers over `constants` and the loop variables. Indentation is kept, directives leave no line behind.
 */
export function preprocess(
  source: string,
  constants: Constants,
  parts: Readonly<Record<string, string>> = {},
): string {
  const lines = source.split("\n");
  const out: string[] = [];

  /** Index of the `#end` (or, if wanted, the `#else`) that belongs to the block whose body starts at `from`. */
  const closing = (from: number, to: number, orElse: boolean): number => {
    let depth = 0;
    for (let i = from; i < to; i++) {
      const directive = /^\s*#(\w+)/.exec(lines[i]!)?.[1];
      if (depth === 0 && (directive === "end" || (orElse && directive === "else"))) return i;
      if (directive === "if" || directive === "for") depth++;
      if (directive === "end") depth--;
    }
    throw new Error(`preprocess: no #end for "${lines[from - 1]!.trim()}"`);
  };

  const expand = (from: number, to: number, scope: Constants): void => {
    for (let i = from; i < to; i++) {
      const line = lines[i]!;
      const [, directive, rest = ""] = /^\s*#(\w+)\s*(.*)$/.exec(line) ?? [];
      switch (directive) {
        case undefined:
          out.push(
            line.replace(/\$\{([^}]*)\}/g, (_, expression: string) => String(evaluate(expression, scope))),
          );
          break;
        case "if": {
          const middle = closing(i + 1, to, true);
          const end = /^\s*#else/.test(lines[middle]!) ? closing(middle + 1, to, false) : middle;
          if (evaluate(rest, scope) !== 0) expand(i + 1, middle, scope);
          else if (end > middle) expand(middle + 1, end, scope);
          i = end;
          break;
        }
        case "for": {
          const [, name, count] = /^(\w+) in (.+)$/.exec(rest) ?? [];
          if (name === undefined || count === undefined)
            throw new Error(`preprocess: "${line.trim()}" is not "#for <name> in <count>"`);
          const end = closing(i + 1, to, false);
          const n = evaluate(count, scope);
          for (let k = 0; k < n; k++) expand(i + 1, end, { ...scope, [name]: k });
          i = end;
          break;
        }
        case "include": {
          const part = parts[rest.trim()];
          if (part === undefined)
            throw new Error(`preprocess: no part "${rest.trim()}"; known: ${Object.keys(parts).join(", ")}`);
          out.push(preprocess(part, scope, parts).trimEnd());
          break;
        }
        default:
          throw new Error(`preprocess: unknown directive "${line.trim()}"`);
      }
    }
  };

  expand(0, lines.length, constants);
  return out.join("\n");
}
