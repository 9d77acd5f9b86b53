/** Text as it is written in HTML and SVG, also within quotation marks. */
export const escapedHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
