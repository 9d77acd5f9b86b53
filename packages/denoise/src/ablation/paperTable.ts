/**
 * What is known here of the paper's figures on its three data sets: PSNR in dB after training on everything. They were computed with the released metric, which is too
 * high for images of more than some thousand grey values.
 */
interface PaperFigures {
  /** By variant, as Table I has them. */
  readonly variants: Readonly<Record<string, number>>;
  /** The row of the method in Table II, which does not name a variant. */
  readonly tableTwo: number;
}

const figures: Readonly<Record<string, PaperFigures>> = {
  convallaria: { variants: {}, tableTwo: 37.04 },
  actin: { variants: { cl: 33.46, "cl+tv+ssim": 33.42 }, tableTwo: 33.46 },
  nuclei: { variants: { baseline: 40.7 }, tableTwo: 41.04 },
};

/** The paper's figures for a data set; undefined where it is none of its three. */
export const paperFigures = (data: string): PaperFigures | undefined => {
  const name = data.toLowerCase();
  return Object.hasOwn(figures, name) ? figures[name] : undefined;
};

/** The paper's figure for a variant; undefined where it is not known here. */
export const paperFigure = ({ variants }: PaperFigures, variant: string): number | undefined => {
  const name = variant.toLowerCase();
  return Object.hasOwn(variants, name) ? variants[name] : undefined;
};
