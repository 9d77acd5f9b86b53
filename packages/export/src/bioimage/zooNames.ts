/** What the BioImage Model Zoo takes as the name of a model. Newer versions of the format take plus signs too, which readers of 0.5.3 refuse. */
export const zooNames: {
  /** In words. */
  readonly allowed: string;
  has(name: string): boolean;
  /** One that it takes, made of another. */
  from(name: string): string;
} = {
  allowed: "5 to 128 letters without accents, digits, underscores, hyphens, round brackets and spaces",
  has: (name) => /^[A-Za-z0-9_\-() ]{5,128}$/.test(name),
  from: (name) => {
    const clean = name.replaceAll(/[^A-Za-z0-9_\-() ]/g, "-").slice(0, 128);
    return clean.length < 5 ? `model ${clean}` : clean;
  },
};
