/** What is said of pages of an image that are blank, such as dropped frames; nothing where there are none. `text` is what one of them is, in words. */
export function sentenceOfBlank(name: string, { blank, pages, text }: BlankPages): string[] {
  if (blank === 0) return [];
  return [`${blank} of ${pages} pages of ${name} ${blank === 1 ? "is" : "are"} blank (${text}) and left out`];
}

interface BlankPages {
  readonly blank: number;
  readonly pages: number;
  readonly text: string;
}
