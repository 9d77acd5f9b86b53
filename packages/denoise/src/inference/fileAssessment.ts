import {
  assessedPages,
  assessPage,
  type Image,
  InputError,
  type LazyStack,
  type PageAssessment,
  type PagePictures,
  pagePictures,
  SMALLEST_ASSESSED,
  sizeText,
  trustReportHtml,
  trustReportJson,
} from "@clidim/imaging";
import { type AtomicOptions, atomicWrite } from "@clidim/imaging/node";
import type { FileDenoiser } from "./fileDenoiser.js";

/** Refuses pages too small to be assessed. */
export function checkReportSize(input: LazyStack): void {
  if (Math.min(input.width, input.height) >= SMALLEST_ASSESSED) return;
  throw new InputError(
    `${input.name} is ${sizeText(input)} pixels; a report needs at least ${SMALLEST_ASSESSED} x ${SMALLEST_ASSESSED}`,
  );
}

/** What the report of a file gathers while its pages pass by. */
export class FileAssessment {
  readonly #input: LazyStack;
  readonly #wanted: ReadonlySet<number>;
  readonly #pages: PageAssessment[] = [];
  readonly #pictures: PagePictures[] = [];

  constructor(input: LazyStack) {
    this.#input = input;
    this.#wanted = new Set(assessedPages(input.pageCount));
  }

  /** Whether a page is one of those that are assessed. */
  wants(page: number): boolean {
    return this.#wanted.has(page);
  }

  add(page: number, noisy: Image, denoised: Image): void {
    if (!this.wants(page)) return;
    const assessment = assessPage(noisy, denoised, page);
    this.#pages.push(assessment);
    this.#pictures.push(pagePictures(noisy, denoised, assessment));
  }

  /** Writes both files beside the result and returns the path of the HTML. */
  async write(
    { output, report: base }: { readonly output: string; readonly report: string },
    { range, calibrated, map, blend }: Pick<FileDenoiser, "range" | "calibrated" | "map" | "blend">,
    options: AtomicOptions,
  ): Promise<string> {
    const { name, pageCount } = this.#input;
    const report = {
      input: name,
      output,
      pageCount,
      pages: this.#pages,
      ...(range && { range }),
      ...(calibrated && { calibrated }),
      ...(map !== undefined && { map }),
      ...(blend !== undefined && { blend }),
    };
    await atomicWrite(`${base}.json`, trustReportJson(report), options);
    await atomicWrite(`${base}.html`, trustReportHtml(report, this.#pictures), options);
    return `${base}.html`;
  }
}
