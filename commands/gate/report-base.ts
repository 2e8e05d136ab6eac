/** The terms that every part of the gate's report is written in. */

/** A number; null where it does not exist (in memory it is NaN until the report is written). */
export type Figure = number | null

/** What a part of the report found, or why there is nothing to find, or that it was not looked for. */
export type Section<T> =
  | Readonly<{ kind: 'measured'; value: T }>
  | Readonly<{ kind: 'insufficient'; reason: string }>
  | Readonly<{ kind: 'not-worked-out'; reason: string }>
