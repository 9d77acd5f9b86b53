import arctangent from "../../../../../../shaders/arctangent.wgsl?raw";
import classify from "../../../../../../shaders/classify.wgsl?raw";
import compare from "../../../../../../shaders/compare.wgsl?raw";
import errorFunction from "../../../../../../shaders/errorFunction.wgsl?raw";
import expMinusOne from "../../../../../../shaders/expMinusOne.wgsl?raw";
import extrema from "../../../../../../shaders/extrema.wgsl?raw";
import half from "../../../../../../shaders/half.wgsl?raw";
import half4 from "../../../../../../shaders/half4.wgsl?raw";
import hyperbolicTangent from "../../../../../../shaders/hyperbolicTangent.wgsl?raw";
import integerPower from "../../../../../../shaders/integerPower.wgsl?raw";
import logistic from "../../../../../../shaders/logistic.wgsl?raw";
import power from "../../../../../../shaders/power.wgsl?raw";
import remainder from "../../../../../../shaders/remainder.wgsl?raw";
import signOf from "../../../../../../shaders/signOf.wgsl?raw";
import sine from "../../../../../../shaders/sine.wgsl?raw";
import threefry from "../../../../../../shaders/threefry.wgsl?raw";

const files: readonly string[] = [
  arctangent,
  classify,
  compare,
  errorFunction,
  expMinusOne,
  extrema,
  half,
  half4,
  hyperbolicTangent,
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
  files.flatMap((file) => [...file.matchAll(/^fn (\w+)/gm)].map(([, name]) => [name!, file.trimEnd()])),
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
