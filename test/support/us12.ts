/**
 * The files of the us12 sample, read by other code than the platform's, and what a holder earned by them: an oracle that
 * shares nothing with what it judges.
 */
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const FOLDER = new URL('../../serving/sample/us12/', import.meta.url)
const DAY = 86_400_000

const file = (name: string): Buffer => readFileSync(new URL(name, FOLDER))

/** Days since 1970-01-01 of `20080926`. */
const dayOf = (date: string): number =>
  Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8))) / DAY

/** The one file of an archive: its local header is 30 bytes and its names, its packed size stands in the directory. */
function unzipped(bytes: Buffer): string {
  const directory = bytes.readUInt32LE(bytes.lastIndexOf('PK\x05\x06') + 16)
  const packed = bytes.readUInt32LE(directory + 20)
  const from = bytes.readUInt32LE(directory + 42)
  const start = from + 30 + bytes.readUInt16LE(from + 26) + bytes.readUInt16LE(from + 28)
  return inflateRawSync(bytes.subarray(start, start + packed)).toString('latin1')
}

/** From the map files and the jumps of the prices: which instrument a ticker was before a date (exclusive), and from it on. */
const TICKERS: Readonly<Record<string, readonly [until: string, before: string, after: string]>> = {
  wm: ['20090805', 'wamu', 'waste'],
  wmi: ['20090805', 'waste', ''],
  bac: ['19981001', 'bac-1998', 'bac'],
  eem: ['20030411', 'eem-1998', 'eem'],
  fb: ['20120518', 'fb-1999', 'fb'],
  goog: ['20140403', 'googl', 'goog'],
}

/** Closes by instrument and day. */
function closesOf(tickers: readonly string[]): Map<string, Map<number, number>> {
  const closes = new Map<string, Map<number, number>>()
  for (const ticker of tickers)
    for (const line of unzipped(file(`${ticker}.zip`))
      .trim()
      .split(/\r?\n/)) {
      const [time, , , , close] = line.split(',')
      const change = TICKERS[ticker]
      const name = change === undefined ? ticker : time < change[0] ? change[1] : change[2]
      const own = closes.get(name) ?? new Map<number, number>()
      closes.set(name, own.set(dayOf(time), Number(close) / 10_000))
    }
  return closes
}

type Change = Readonly<{ day: number; dividend: number; split: number }>

/** Splits and dividends of a factor file: between two lines, on the first session after the earlier one's date. */
function changesOf(factorFile: string, sessions: readonly number[]): readonly Change[] {
  const lines = file(factorFile)
    .toString('latin1')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  return lines.slice(1).map(([, dividends, splits], at) => {
    const [date, before, splitBefore, price] = lines[at]
    return {
      day: sessions.find((session) => session > dayOf(date)) ?? Number.POSITIVE_INFINITY,
      dividend: Number(price) * (1 - Number(before) / Number(dividends)),
      split: Number(splits) / Number(splitBefore),
    }
  })
}

/** A name on a session: what its holder earned, and whether it could be traded, or was closed for good. */
export type Mark = Readonly<{ earned: number; state: 'priced' | 'unpriced' | 'closed' }>

/**
 * By session. Between two closes fewer than `most` sessions apart a holder earns (shares × close + cash − close before) / close
 * before on the later one; else the name is closed at its last close on the session that makes `most` without one.
 */
function marksOf(
  closes: ReadonlyMap<number, number>,
  changes: readonly Change[],
  { sessions, most }: { sessions: readonly number[]; most: number },
): Map<number, Mark> {
  const placeOf = new Map(sessions.map((session, place) => [session, place]))
  const marks = new Map<number, Mark>(sessions.map((one) => [one, { earned: 0, state: 'unpriced' }]))
  const days = [...closes.keys()].sort((a, b) => a - b)
  const worth = (from: number, to: number, close: number): number => {
    let [shares, cash] = [1, 0]
    for (const { day, dividend, split } of changes)
      if (day > from && day <= to) {
        cash += shares * dividend
        shares *= split
      }
    return shares * close + cash
  }
  for (const [at, day] of days.entries()) {
    const [close, next] = [closes.get(day) ?? Number.NaN, days[at + 1]]
    if (at === 0) marks.set(day, { earned: 0, state: 'priced' })
    const place = placeOf.get(day) ?? Number.NaN
    const nextPlace = next === undefined ? Number.POSITIVE_INFINITY : (placeOf.get(next) ?? Number.NaN)
    if (nextPlace - place <= most) {
      const earned = (worth(day, next, closes.get(next) ?? Number.NaN) - close) / close
      marks.set(next, { earned, state: 'priced' })
      continue
    }
    if (next !== undefined) marks.set(next, { earned: 0, state: 'priced' })
    const over = sessions[place + most]
    if (over !== undefined)
      marks.set(over, { earned: (worth(day, over, close) - close) / close, state: 'closed' })
  }
  return marks
}

/** Instruments of which nobody says what they paid or how they split. */
const UNTOLD = ['bac-1998', 'eem-1998', 'fb-1999', 'googl']

/** What each name was on a session, for some tickers, of which spy is one: it has a price on every session. */
export function oracleMarks(
  tickers: readonly string[],
  most: number,
): (session: number) => (name: string) => Mark {
  const closes = closesOf(tickers)
  const sessions = [...(closes.get('spy')?.keys() ?? [])].sort((a, b) => a - b)
  const marks = new Map(
    [...closes].map(([name, own]) => {
      const factors = `${name === 'waste' ? 'wm' : name}.factor_files.csv`
      return [
        name,
        marksOf(own, UNTOLD.includes(name) ? [] : changesOf(factors, sessions), { sessions, most }),
      ]
    }),
  )
  return (session) => (name) => marks.get(name)?.get(session) ?? { earned: 0, state: 'unpriced' }
}
