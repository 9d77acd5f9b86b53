/** Sentences with one more, unless it is among them: what comes again is said once. */
export const withSentence = (sentences: readonly string[], one: string): readonly string[] =>
  sentences.includes(one) ? sentences : [...sentences, one];
