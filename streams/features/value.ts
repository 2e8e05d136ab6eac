/** The numbers that a value may be: finite, with one zero and one NaN, so that equal values have equal bits. */

/** What is not a finite number is missing, which is NaN; negative zero is zero. */
export const canonical = (value: number): number => (Number.isFinite(value) ? value + 0 : Number.NaN)
