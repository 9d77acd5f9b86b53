/** How the library's sentences advise to take an image in its own range of grey values: by the name of an option, for which the page has a box. */
const ADVICE = /normalise each by its own range \(normalization image\)|try normalization image/;

/** Whether a sentence advises that. */
export const advisesOwnRange = (sentence: string): boolean => ADVICE.test(sentence);

/** The sentence with that advice in the page's words. */
export const inPageWords = (sentence: string): string =>
  sentence.replace(ADVICE, "take the image in its own range");
