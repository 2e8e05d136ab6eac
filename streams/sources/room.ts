/** How much one arrival may take: stated limits, so that no file, however it was made, takes the machine with it. */
import { refuse } from '../../schemas/kernel/fault.ts'

export type Limits = Readonly<{
  /** Rejects that are kept with their line and text; the rest are counted by reason. */
  rejectsKept: number
  /** Bytes of staged rows: 17 for each and 8 for each value. */
  stagedBytes: number
  /** Distinct times, or distinct entities. */
  distinct: number
  /** Bytes of text once it is unpacked. */
  unpackedBytes: number
  /** How long a parser in a worker may say nothing. */
  silentMillis: number
  /** How long a query over a file may take, and how much longer for each megabyte of it. */
  queryMillis: number
  queryMillisPerMegabyte: number
}>

export const LIMITS: Limits = Object.freeze({
  rejectsKept: 10_000,
  stagedBytes: 2 * 2 ** 30,
  distinct: 8_000_000,
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
  unpacked: (bytes: number) => void
}>

export function roomFor(file: string, limits: Limits): Room {
  const hold = (what: string, is: number, limit: number, unit: string): void => {
    if (is > limit) throw refuse('source.too-large', { file, what, limit: `${Math.floor(limit)} ${unit}` })
  }
  return {
    rejectsKept: limits.rejectsKept,
    rows(count, bytesEach) {
      const most = Math.floor(Math.min(limits.stagedBytes / bytesEach, 2 ** 32 - 2))
      hold('rows', count, most, 'rows of this width')
      return most
    },
    distinct: (count) => hold('distinct names or times', count, limits.distinct, 'distinct'),
    unpacked: (bytes) => hold('text, unpacked', bytes, limits.unpackedBytes, 'bytes'),
  }
}
