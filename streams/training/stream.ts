/** The stream of a run. */
export const experimentStream = (run: string): string => `experiment-${run}`
