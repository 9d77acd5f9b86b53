import arctangent from "../../../../../../shaders/arctangent.glsl?raw";
import classify from "../../../../../../shaders/classify.glsl?raw";
import compare from "../../../../../../shaders/compare.glsl?raw";
import errorFunction from "../../../../../../shaders/errorFunction.glsl?raw";
import expMinusOne from "../../../../../../shaders/expMinusOne.glsl?raw";
import exponential from "../../../../../../shaders/exponential.glsl?raw";
import extrema from "../../../../../../shaders/extrema.glsl?raw";
import half from "../../../../../../shaders/half.glsl?raw";
import hyperbolicTangent from "../../../../../../shaders/hyperbolicTangent.glsl?raw";
import integerDivision from "../../../../../../shaders/integerDivision.glsl?raw";
import integerPower from "../../../../../../shaders/integerPower.glsl?raw";
import logistic from "../../../../../../shaders/logistic.glsl?raw";
import power from "../../../../../../shaders/power.glsl?raw";
import remainder from "../../../../../../shaders/remainder.glsl?raw";
import signOf from "../../../../../../shaders/signOf.glsl?raw";
import sine from "../../../../../../shaders/sine.glsl?raw";
import threefry from "../../../../../../shaders/threefry.glsl?raw";

const files: readonly string[] = [
  arctangent,
  classify,
  compare,
  errorFunction,
  exponential,
  expMinusOne,
  extrema,
  half,
  hyperbolicTangent,
  integerDivision,
  integerPower,
  logistic,
  power,
  remainder,
  signOf,
  sine,
  threefry,
];

/** The text of the file with each function that generated kernels may call. */
const fileOf: ReadonlyMap<string, string> = new Map(
  files.flatMap((file) =>
    [...file.matchAll(/^(?:float|int|uint|bool|uvec2) (\w+)\(/gm)].map(([, name]) => [name!, file.trimEnd()]),
  ),
);

/** The texts of the functions that `code` calls, each once. */
export function functionsCalledBy(code: string): string[] {
  const called = new Set<string>();
  for (const [, name] of code.matchAll(/(\w+)\(/g)) {
    const file = fileOf.get(name!);
    if (file !== undefined) called.add(file);
  }
  return [...called];
}
