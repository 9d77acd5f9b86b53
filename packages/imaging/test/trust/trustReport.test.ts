import { expect, test } from "vitest";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";
import { assessPage } from "../../src/trust/assessPage.js";
import { assessedPages, trustReportJson } from "../../src/trust/trustReport.js";
import { pagePictures, trustReportHtml } from "../../src/trust/trustReportHtml.js";

const [scene] = simulateScenes({ seed: 2, size: 64, scenes: 1, frames: 1 });
const noisy = scene!.noisy[0]!;
const assessment = assessPage(noisy, scene!.clean, 7);

test("at most eight pages of a stack are assessed, evenly spread", () => {
  expect(assessedPages(3)).toEqual([0, 1, 2]);
  expect(assessedPages(80)).toEqual([5, 15, 25, 35, 45, 55, 65, 75]);
});

test("names in the HTML cannot become markup; a part of a stack is said so", () => {
  const report = { input: 'a<b>"&.tif', output: "out/<b>.tif", pageCount: 20, pages: [assessment] };
  const html = trustReportHtml(report, [pagePictures(noisy, scene!.clean, assessment)]);
  expect(html).toContain("<h1>a&#60;b&#62;&#34;&#38;.tif</h1>");
  expect(html).not.toContain("<b>");
  expect(html).toContain("1 of 20 pages, evenly spread");
  expect(html).toContain("<p>Nothing stands out.</p>");
  expect(html.match(/<rect /g)).toHaveLength(17 * 17 + 1);
});

test("a page without contrast can be drawn", () => {
  const flat = { width: 40, height: 36, data: new Float32Array(40 * 36).fill(3) };
  const same = assessPage(flat, flat);
  expect(same.findings).toEqual([]);
  expect(pagePictures(flat, flat, same).images.length).toBeGreaterThan(50);
  const html = trustReportHtml({ input: "a", output: "b", pageCount: 1, pages: [same] }, [
    pagePictures(flat, flat, same),
  ]);
  expect(html).not.toMatch(/Infinity/);
});

test("the JSON has the autocorrelation as rows", () => {
  const { pages } = JSON.parse(
    trustReportJson({ input: "a", output: "b", pageCount: 1, pages: [assessment] }),
  );
  expect(pages[0].page).toBe(7);
  expect(pages[0].autocorrelation.values).toHaveLength(17);
  expect(pages[0].autocorrelation.values[8][9]).toBe(assessment.autocorrelation.values[8 * 17 + 9]);
  expect(pages[0].autocorrelation.values[8][9]).toBe(pages[0].autocorrelation.values[8][7]);
});
