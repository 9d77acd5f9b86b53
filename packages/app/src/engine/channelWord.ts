/** A channel as the library and the command line are told of it, of those that an image has: by its name where it is the only one that is called so, else by its index. */
export function channelWord(names: readonly string[], index: number): string {
  const name = names[index] ?? "";
  const own = names.filter((other) => other === name).length === 1;
  // One without a name has its index in the place of it.
  return own && name !== "" && name !== String(index) ? `name:${name}` : `index:${index}`;
}
