/** How much one arrival may take: stated limits, so that no file, however it was made, takes the machine with it. */
import { refuse } from '../../schemas/kernel/fault.ts'

export type Limits = Readonly<{
  /** Rejects that are kept with their line and text; the rest are counted by reason. */
  rejectsKept: number
  /** Bytes of staged rows: 17 for each and 8 for each value. */
  stagedBytes: number
  /** Distinct times, or distinct entities. */
  distinct: number
  /** Characters of all distinct names together. */
  nameCharacters: number
  /** Bytes of text once it is unpacked. */
  unpackedBytes: number
  /** How much processor time the process that reads may take, saying nothing; .1 ms more for each KB of the file. See `silence.ts`. */
  silentMillis: number
  /** How long a query over a file may take, and how much longer for each megabyte of it. */
  queryMillis: number
  queryMillisPerMegabyte: number
}>

export const LIMITS: Limits = Object.freeze({
  rejectsKept: 10_000,
  stagedBytes: 2 * 2 ** 30,
  distinct: 8_000_000,
  nameCharacters: 2 ** 28,
  unpackedBytes: 16 * 2 ** 30,
  silentMillis: 5_000,
  queryMillis: 60_000,
  queryMillisPerMegabyte: 1_000,
})

/** The limits as they bind one file. Each function throws Refusal `source.too-large` once it is exceeded. */
export type Room = Readonly<{
  rejectsKept: number
  /** Answers how many rows there may be. */
  rows: (count: number, bytesEach: number) => number
  distinct: (count: number) => void
  names: (characters: number) => void
  unpacked: (bytes: number) => void
  /** Says that the work goes on: in every loop over rows. */
  alive: () => void
}>

/** Loops over rows say that they go on each time that so many are done: a power of two. */
export const BEAT_ROWS = 2 ** 18

/** @param alive says to whoever waits that the work goes on; each of the other functions says it too */
export function roomFor(file: string, limits: Limits, alive: () => void): Room {
  const hold = (what: string, is: number, limit: number, unit: string): void => {
    alive()
    if (is > limit) throw refuse('source.too-large', { file, what, limit: `${Math.floor(limit)} ${unit}` })
  }
  return {
    rejectsKept: limits.rejectsKept,
    rows(count, bytesEach) {
      const most = Math.floor(Math.min(limits.stagedBytes / bytesEach, 2 ** 32 - 2))
      hold('rows', count, most, 'rows of this width')
      return most
    },
    names: (characters) => hold('names', characters, limits.nameCharacters, 'characters'),
    distinct: (count) => hold('distinct names or times', count, limits.distinct, 'distinct'),
    unpacked: (bytes) => hold('text, unpacked', bytes, limits.unpackedBytes, 'bytes'),
    alive,
  }
}
