import { sizeOf, type Tensor, tensor } from "@clidim/tensor";

/** 1 at every third pixel, else 0: where `pytorchFixture.py` looks. */
export const everyThird = ({ shape }: Tensor): Tensor =>
  tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => (i % 3 === 0 ? 1 : 0)),
    { shape, dtype: "f32" },
  );
