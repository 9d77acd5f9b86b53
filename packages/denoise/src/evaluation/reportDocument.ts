import { escapedHtml } from "@clidim/imaging";

/** A report as one HTML file without references to others; `body` is HTML, the title text. */
export const reportDocument = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapedHtml(title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: right; white-space: nowrap; } td:first-child, th:first-child { text-align: left; }
tr:first-child { border-bottom: 1px solid #999; } img { image-rendering: pixelated; display: block; } figure { display: inline-block; margin: 0 .8rem 1rem 0; vertical-align: top; }
figcaption { color: #555; font-size: 13px; max-width: 12rem; } figure:has(svg) figcaption { max-width: none; } svg text { font: 11px system-ui, sans-serif; fill: #555; } .key { display: inline-block; margin-right: 1rem; }
</style>
${body}
</html>
`;

/** A table of text. */
export function reportTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: "td" | "th"): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapedHtml(cell)}`).join("")}</tr>`;
  return `<table>
${[row(header, "th"), ...rows.map((cells) => row(cells, "td"))].join("\n")}
</table>`;
}
