interface Released {
  release(): void;
}

/** Returns the memory of programs that nothing refers to any more, such as those of a function that `compile` made. What is registered is their executable, which they do not refer to. */
export const droppedPrograms: FinalizationRegistry<Released> = new FinalizationRegistry((program) =>
  program.release(),
);
