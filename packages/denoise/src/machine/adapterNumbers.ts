import { Device } from "@clidim/tensor";

/** An adapter, and its number in the list of all. */
export interface NumberedAdapter {
  readonly number: number;
  readonly name: string;
  /** The number of the one that is opened by its name, where that is another: an earlier one whose name it is, or is a part of. */
  readonly hiddenBy?: number;
}

/** All adapters, none in browsers. They are opened by a part of their names, and the first that has it is taken: of several cards of one name, or of one card that several drivers offer, no other can be. */
export async function adapterNumbers(): Promise<NumberedAdapter[]> {
  const names = await Device.adapters();
  return names.map((name, number) => {
    const first = names.findIndex((other) => other.includes(name));
    return { number, name, ...(first < number && { hiddenBy: first }) };
  });
}
