export type { Pool2dOptions } from "@clidim/tensor";
