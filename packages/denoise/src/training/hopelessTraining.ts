import { InputError } from "@clidim/imaging";

/** A training that is hopeless by its method's own judgement, where no other way to begin is left or, without a guard, none is tried: nothing that another try with the same data, configuration and seed would change. */
export class HopelessTraining extends InputError {
  override readonly name: string = "HopelessTraining";
}
