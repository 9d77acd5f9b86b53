import { expectWord } from "../../fusion/expectWord.js";

export type ParameterType = "u32" | "i32" | "f32";

/** A number that a kernel is passed, a member of its struct `Parameters`. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
}

/** A kernel's file in `shaders`: its name and text, and the parameters that its struct declares, in that order. */
export interface Shader {
  readonly name: string;
  readonly source: string;
  readonly parameters: readonly Parameter[];
}

/** Reads the struct `Parameters` of a shader; throws where there is none, or a member that is not one number. */
export function readShader(name: string, source: string): Shader {
  const body = /\bstruct\s+Parameters\s*\{([^}]*)\}/.exec(source)?.[1];
  if (body === undefined) {
    throw new Error(`${name}: expected a struct Parameters, found none; declare what the kernel is passed`);
  }
  const members = body
    .replaceAll(/\/\/.*/g, "")
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
  const parameters = members.map((member): Parameter => {
    const [, parameter, type] = /^(\w+)\s*:\s*(u32|i32|f32)$/.exec(member) ?? [];
    if (parameter === undefined) {
      throw new Error(`${name}: "${member}" is no parameter; write "name: u32", or i32 or f32`);
    }
    // The expression admits no other types.
    return { name: parameter, type: type as ParameterType };
  });
  return { name, source, parameters };
}

/** Numbers as a buffer holds them; throws where one is none of its type. `op` has them, under these names. */
export function encodeWords(
  op: string,
  values: readonly number[],
  parameters: readonly Parameter[],
): Uint32Array {
  const words = new Uint32Array(values.length);
  const floats = new Float32Array(words.buffer);
  values.forEach((value, k) => {
    const { name, type } = parameters[k]!;
    expectWord(op, `parameter "${name}"`, value, type);
    if (type === "f32") floats[k] = value;
    else words[k] = value;
  });
  return words;
}

/** The parameters of one dispatch, given by name, as its kernel reads them; throws where one is missing, or is none of the shader's. */
export function parameterWords(
  { name, parameters }: Shader,
  values: Readonly<Record<string, number>>,
): Uint32Array {
  const known = (): string => `its struct Parameters has ${parameters.map((p) => p.name).join(", ")}`;
  const ordered = parameters.map((parameter) => {
    const value = values[parameter.name];
    if (value === undefined) {
      throw new Error(`${name}: parameter "${parameter.name}" is missing; ${known()}`);
    }
    return value;
  });
  const given = Object.keys(values);
  if (given.length > parameters.length) {
    const extra = given.filter((key) => parameters.every((parameter) => parameter.name !== key));
    throw new Error(`${name}: there is no parameter "${extra.join('", "')}"; ${known()}`);
  }
  return encodeWords(name, ordered, parameters);
}
