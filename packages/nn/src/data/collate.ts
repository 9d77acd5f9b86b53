import {
  type DType,
  formatShape,
  type HostTensor,
  type NestedNumbers,
  type Shape,
  stack,
  Tensor,
  tensor,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";

type Numbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** What a batch of samples of type T is: tensors of numbers and arrays of them, texts side by side, records and pairs member by member. */
export type Collated<T> = T extends Tensor | HostTensor | number | boolean | Numbers | readonly number[]
  ? Tensor
  : T extends string
    ? readonly string[]
    : T extends readonly unknown[]
      ? { readonly [K in keyof T]: Collated<T[K]> }
      : T extends object
        ? { readonly [K in keyof T]: Collated<T[K]> }
        : readonly T[];

const isNumbers = (value: unknown): value is Numbers =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

const isHostTensor = (value: unknown): value is HostTensor =>
  typeof value === "object" && value !== null && "data" in value && "shape" in value && "dtype" in value;

/** The class of an array; Node's Buffers are bytes. */
const classOf = (array: Numbers): (new (length: number) => Numbers) =>
  array instanceof Uint8Array ? Uint8Array : (array.constructor as new (length: number) => Numbers);

/** What has a type of its own, which may differ from sample to sample: arrays by the name of their class, tensors by their dtype. */
function typeOf(value: unknown): string | undefined {
  if (isNumbers(value)) return classOf(value).name;
  return value instanceof Tensor || isHostTensor(value) ? `${value.dtype} tensors` : undefined;
}

/** Throws where numbers of one type stand beside those of another, which joining would wrap or cut off. */
function expectAlike(path: string, samples: readonly unknown[]): void {
  const types = samples.map(typeOf);
  const at = types.findIndex((type) => type !== types[0]);
  if (at < 0) return;
  const [first, other] = [0, at].map((i) => types[i] ?? show(samples[i]));
  throw new Error(
    `batch: ${path} has samples of ${first} and ${other}; make them alike with map, or pass collate`,
  );
}

/** Whether an object is a record: its prototype is that of all objects, of whatever window or worker, or none. */
function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Names of members, in the order of the value; undefined of what has none of its own and is no array or record: a date, a map, a buffer. */
function membersOf(value: unknown): readonly string[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const names = Object.keys(value);
  return names.length > 0 || Array.isArray(value) || isRecord(value) ? names : undefined;
}

/** What members a value has: the same for those that are collated member by member. */
const structureOf = (value: unknown): string =>
  JSON.stringify([typeof value, Array.isArray(value), membersOf(value)?.toSorted()]);

/** Numbers, in arrays of any depth. */
const isNested = (value: unknown): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (Array.isArray(value) && value.length > 0 && value.every(isNested));

function stackNumbers(
  path: string,
  parts: readonly Numbers[],
  shapes: readonly Shape[],
  dtype?: DType,
): Tensor {
  const [first] = shapes as [Shape];
  const other = shapes.find((shape) => formatShape(shape) !== formatShape(first));
  if (other) {
    throw new Error(
      `batch: ${path} has samples of shape ${formatShape(first)} and ${formatShape(other)}; make them alike with map, or pass collate`,
    );
  }
  const { length } = parts[0]!;
  const kinds = new Set(parts.map(classOf));
  const [kind] = kinds;
  // Host tensors of one dtype may have arrays of several kinds; float64 has the numbers of all.
  const joined = new (kinds.size === 1 ? kind! : Float64Array)(length * parts.length);
  for (const [i, part] of parts.entries()) joined.set(part, i * length);
  return tensor(joined, { shape: [parts.length, ...first], ...(dtype && { dtype }) });
}

/**
 * Samples as one batch, its axis first. Numbers and arrays become what `tensor` makes of them: i32 of an Int32Array, f32 of numbers; host
 * tensors and tensors keep their dtype; texts stay texts; records, other objects with members of their own, and arrays of anything else are collated member by member. Throws where
 * samples differ in shape, in the type of their numbers, or in structure, which the order of the members of a record is no part of, and of
 * anything else: null, dates, maps, instances of classes without members of their own.
 */
export function collate<T>(samples: readonly T[]): Collated<T> {
  // What the type says of each kind of sample is what `gather` does.
  return gather(samples, "x") as Collated<T>;
}

function gather(samples: readonly unknown[], path: string): unknown {
  const [first] = samples;
  const all = (is: (value: unknown) => boolean): boolean => samples.every(is);
  expectAlike(path, samples);
  if (all((value) => value instanceof Tensor)) return stack(samples as readonly Tensor[], 0);
  if (all(isHostTensor)) {
    const hosts = samples as readonly HostTensor[];
    return stackNumbers(
      path,
      hosts.map(({ data }) => data),
      hosts.map(({ shape }) => shape),
      hosts[0]!.dtype,
    );
  }
  if (all(isNumbers)) {
    const arrays = samples as readonly Numbers[];
    return stackNumbers(
      path,
      arrays,
      arrays.map(({ length }) => [length]),
    );
  }
  if (all((value) => typeof value === "boolean")) return tensor(samples as readonly boolean[]);
  if (all(isNested)) return tensor(samples as NestedNumbers);
  if (all((value) => typeof value === "string")) return samples;
  const structure = structureOf(first);
  const differs = samples.findIndex((value) => structureOf(value) !== structure);
  if (differs >= 0) {
    throw new Error(
      `batch: ${path} is ${show(first)} in one sample and ${show(samples[differs])} in another; make them alike with map, or pass collate`,
    );
  }
  const names = membersOf(first);
  if (!names) {
    throw new Error(
      `batch: ${path} is ${show(first)}, expected numbers, tensors, texts, or arrays and records of these; leave it out with map, or pass collate`,
    );
  }
  const entries = names.map((name): [string, unknown] => [
    name,
    gather(
      // Objects with these members.
      samples.map((value) => (value as Readonly<Record<string, unknown>>)[name]),
      `${path}.${name}`,
    ),
  ]);
  return Array.isArray(first) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
