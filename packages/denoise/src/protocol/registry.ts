import { InputError } from "@clidim/imaging";
import { type ClassicalMethod, type Method, methodId, type TrainedMethod } from "./method.js";

/** The methods that there are, in the order in which they are listed. */
export interface MethodRegistry {
  readonly all: readonly Method[];
  readonly trained: readonly TrainedMethod[];
  readonly classical: readonly ClassicalMethod[];
  /** By its name; an `InputError` that lists the names where there is none. */
  named(name: unknown): Method;
  /** Likewise among those that are trained. */
  trainedNamed(name: unknown): TrainedMethod;
  /** Likewise among those that need no training. */
  classicalNamed(name: unknown): ClassicalMethod;
  /** What `name@version` in a file means; an `InputError` for a method that is not known, not trained, or of another version. */
  trainedAs(id: string): TrainedMethod;
  /** Likewise among those that need no training. */
  classicalAs(id: string): ClassicalMethod;
}

/** Throws where two methods have one name, or one title, by which tables tell them apart. */
export function methodRegistry(all: readonly Method[]): MethodRegistry {
  for (const called of ["name", "title"] as const) {
    const words = all.map((method) => method[called]);
    const twice = words.find((word, i) => words.indexOf(word) !== i);
    if (twice !== undefined) throw new Error(`methodRegistry: two methods have the ${called} ${twice}`);
  }
  const trained = all.filter((method) => method.kind === "trained");
  const classical = all.filter((method) => method.kind === "classical");
  const among = <M extends Method>(methods: readonly M[], name: unknown): M => {
    const found = methods.find((method) => method.name === name);
    if (found) return found;
    const allowed = methods.map((method) => method.name).join(", ");
    const known = all.find((method) => method.name === name);
    if (known?.kind === "trained") {
      throw new InputError(`method ${known.name} is trained: give a model`, { keys: ["model"] });
    }
    throw new InputError(
      known
        ? `method ${known.name} is not trained; methods that are: ${allowed}`
        : `method is ${JSON.stringify(name)}; allowed: ${allowed}`,
    );
  };
  return {
    all,
    trained,
    classical,
    named: (name) => among(all, name),
    trainedNamed: (name) => among(trained, name),
    classicalNamed: (name) => among(classical, name),
    trainedAs: (id) => {
      const method = among(trained, id.replace(/@.*$/, ""));
      if (id === methodId(method)) return method;
      throw new InputError(
        `it is of method ${id}, this program knows ${methodId(method)}; install the version that wrote it, or train again`,
      );
    },
    classicalAs: (id) => {
      const method = classical.find((known) => methodId(known) === id);
      if (method) return method;
      throw new InputError(
        `its results are a mean with those of ${id}, this program knows ${classical.map(methodId).join(", ") || "no method without training"}; install the version that wrote it, or apply the network alone (blend false)`,
        { keys: ["blend"] },
      );
    },
  };
}
