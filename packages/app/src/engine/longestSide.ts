/** The longer side of a plane or a preview on the screen; larger ones come reduced. */
export const LONGEST_SIDE = 4096;
