import { InputError } from "@clidim/imaging";

/** A loss or a weight that is no number: nothing that another try with the same data, configuration and seed would change. */
export class Divergence extends InputError {
  override readonly name: string = "Divergence";

  /** `what` is no number after `update`; the checkpoint is of another. */
  constructor(what: string, update: number, checkpoint: { readonly path: string; readonly update: number }) {
    super(
      `training stopped at update ${update}: ${what}; ${checkpoint.path} holds the state after update ${checkpoint.update}, ` +
        "before that. Start again with another seed or a larger batch",
      { keys: ["seed", "batch"] },
    );
  }
}
