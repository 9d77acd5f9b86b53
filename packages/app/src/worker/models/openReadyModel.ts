import { InputError } from "@clidim/imaging";
import { type ZooModel, zooModels } from "@clidim/zoo";
import type { ModelSummary } from "../../engine/engine.js";
import { openModel } from "./openModel.js";

const opened = new Map<string, Promise<ModelSummary>>();

/** Fetches one of them when it is first asked for, and keeps it. */
export function openReadyModel(name: string): Promise<ModelSummary> {
  const model = zooModels.find((one) => one.name === name);
  if (!model) throw new InputError(`there is no model ${name} in the zoo`);
  const found = opened.get(name) ?? fetched(model);
  opened.set(name, found);
  // It may be asked for again.
  found.catch(() => opened.delete(name));
  return found;
}

async function fetched({ name, file, title }: ZooModel): Promise<ModelSummary> {
  let response: Response;
  try {
    response = await fetch(file);
  } catch (cause) {
    throw new InputError(`the model ${name} cannot be fetched from this site: a connection to it is needed`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new InputError(`the model ${name} cannot be fetched: the site answers ${response.status}`);
  }
  const bytes = new File([await response.blob()], `${name}.safetensors`);
  return { ...(await openModel(bytes, `zoo:${name}`)), name: title };
}
