import { fileURLToPath } from "node:url";
import { InputError } from "@clidim/imaging";
import { zooModels } from "@clidim/zoo";

/** What models of the zoo are called by. */
export const ZOO = "zoo:";

/** The file of a model of the zoo that is named `zoo:<name>`; any other path as it is. An `InputError` that lists the names where there is none. */
export function zooPath(path: string): string {
  if (!path.startsWith(ZOO)) return path;
  const name = path.slice(ZOO.length);
  const found = zooModels.find((model) => model.name === name);
  if (found) return fileURLToPath(found.file);
  throw new InputError(
    `model is ${path}; the zoo has ${zooModels.map((model) => ZOO + model.name).join(", ")}`,
    { keys: ["model"] },
  );
}
