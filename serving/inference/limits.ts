/** How much may be asked at a time, whatever door it comes through. */

/**
 * Requests that were begun and are not answered. More than a disk that syncs in 5 ms needs for 20,000 answers a second; what is more
 * would wait longer, and be answered no sooner.
 */
export const MOST_UNDER_WAY = 128
/** Values of one request: 2 MiB of float64. */
export const MOST_VALUES = 1 << 18
/** Answers that may be given ahead of the log, and the values in them: 8 MiB of float64. */
export const MOST_OWED = 1_024
export const MOST_OWED_VALUES = 1 << 20
export const MOST_ENTITIES = 10_000
