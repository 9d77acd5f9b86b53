import { fileURLToPath } from "node:url";
import { InputError } from "@clidim/imaging";
import { zooModels } from "@clidim/zoo";

const PREFIX = "zoo:";

/** The file of a model of the zoo that is named `zoo:<name>`; any other path as it is. An `InputError` that lists the names where there is none. */
export function zooPath(path: string): string {
  if (!path.startsWith(PREFIX)) return path;
  const name = path.slice(PREFIX.length);
  const found = zooModels.find((model) => model.name === name);
  if (found) return fileURLToPath(found.file);
  throw new InputError(
    `model is ${path}; the zoo has ${zooModels.map((model) => PREFIX + model.name).join(", ")}`,
    { keys: ["model"] },
  );
}
