import type { Shift } from "@clidim/imaging";

/** Pixels. */
export const shiftLength = ({ dx, dy }: Shift): number => Math.hypot(dx, dy);

/** "1.3 pixels (x +1.2, y -0.5)" */
export function shiftText(shift: Shift): string {
  const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(1)}`;
  return `${shiftLength(shift).toFixed(1)} pixels (x ${signed(shift.dx)}, y ${signed(shift.dy)})`;
}
