/** The numbers that a value may be: finite, with one zero and one NaN, so that equal values have equal bits. */

/** Whether a number is finite. NaN is not. */
export const isPresent = (value: number): boolean => value - value === 0

/** What is not a finite number is missing, which is NaN; negative zero is zero. */
export const canonical = (value: number): number => (isPresent(value) ? value + 0 : Number.NaN)
