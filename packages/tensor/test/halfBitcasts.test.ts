import { expect, it } from "vitest";
import { ampleTraits, contractionKernels } from "./contractionKernels.js";

it("contractions of halves take no bits of theirs for whole numbers, which Naga does not compile, but in kernels with subgroup matrices, which it has not", () => {
  const kernels = contractionKernels(ampleTraits);
  const casting = kernels.filter(({ code }) => /bitcast<vec\dh>|bitcast<(u32|vec\du)>\(fetched/.test(code));
  expect(casting.filter(({ code }) => !code.includes("subgroup_matrix")).map(({ label }) => label)).toEqual(
    [],
  );
  // They are told by what they say.
  expect(casting.length).toBeGreaterThan(0);
  expect(
    kernels.filter(({ label, code }) => label.endsWith("f16") && !casting.some((k) => k.code === code))
      .length,
  ).toBeGreaterThan(0);
});
