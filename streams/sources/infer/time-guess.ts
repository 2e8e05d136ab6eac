/** Which pattern the times of a column are written in, by trying the ones that vendors use. */
import type { DatasetSpec } from '../../../schemas/events/data.ts'
import { timeReader } from '../time-text.ts'

/** ISO 8601 first; of two that read all, the first is proposed and the other named. */
const PATTERNS = [
  '',
  'yyyyMMdd',
  'yyyyMMdd HH:mm',
  'yyyyMMdd HH:mm:ss',
  'yyyyMMddHHmmss',
  'M/d/yyyy',
  'd/M/yyyy',
  'M/d/yyyy H:mm',
  'M/d/yyyy H:mm:ss',
  'd/M/yyyy H:mm',
  'd/M/yyyy H:mm:ss',
  'd.M.yyyy',
  'd.M.yyyy H:mm',
  'd.M.yyyy H:mm:ss',
  'd-M-yyyy',
  'yyyy/MM/dd',
  'yyyy/MM/dd HH:mm:ss',
  'd-MMM-yyyy',
  'd MMM yyyy',
  'MMM d, yyyy',
  'yyyyMM',
  'yyyy-MM',
  "yyyy'Q'Q",
  "yyyy'-Q'Q",
  'yyyy',
] as const

/** Counts since 1970 that fall into these years are taken for them; the ranges of the units do not meet. */
const FROM_SECONDS = 315_532_800
const TO_SECONDS = 4_102_444_800
const UNITS = [
  ['s', 1],
  ['ms', 1e3],
  ['us', 1e6],
  ['ns', 1e9],
] as const

export type TimeGuess = Readonly<{
  pattern: string
  /** `date`: a day, month or year. `local`: a clock without a zone. `moment`: with a zone, or a count. */
  kind: 'date' | 'local' | 'moment'
  /** Other patterns that read every text too, and mean other days by it. */
  others: readonly string[]
}>

type Spec = Pick<DatasetSpec, 'timeOfDay' | 'timeZone'>
const DATES: Spec = { timeOfDay: '00:00', timeZone: 'UTC' }
/** A date is one in every zone; a moment that is midnight in one of them is not. */
const ELSEWHERE: Spec = { timeOfDay: '12:00', timeZone: 'Asia/Tokyo' }
const MOMENTS: Spec = { timeOfDay: '', timeZone: '' }
const LOCALS: Spec = { timeOfDay: '', timeZone: 'UTC' }

/** @param texts of a column, without empty ones; null where they are no times */
export function guessTime(texts: readonly string[]): TimeGuess | null {
  if (texts.length === 0) return null
  const found =
    epochOf(texts) ?? PATTERNS.map((pattern) => fitting(texts, pattern)).find((guess) => guess !== null)
  if (found === null || found === undefined) return null
  const others = PATTERNS.filter((pattern) => pattern !== found.pattern && means(texts, pattern, found))
  return { ...found, others }
}

function epochOf(texts: readonly string[]): TimeGuess | null {
  const counts = texts.map((text) => (/^\d{9,19}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN))
  const unit = UNITS.find(([, per]) =>
    counts.every((count) => count / per >= FROM_SECONDS && count / per < TO_SECONDS),
  )
  return unit === undefined ? null : { pattern: `epoch ${unit[0]}`, kind: 'moment', others: [] }
}

function fitting(texts: readonly string[], pattern: string): TimeGuess | null {
  const kinds = [
    ['date', [DATES, ELSEWHERE]],
    ['moment', [MOMENTS]],
    ['local', [LOCALS]],
  ] as const
  const kind = kinds.find(([, specs]) => specs.every((spec) => reads(texts, pattern, spec)))?.[0]
  return kind === undefined ? null : { pattern, kind, others: [] }
}

const reads = (texts: readonly string[], pattern: string, spec: Spec): boolean => {
  const read = timeReader('time', { ...spec, pattern })
  return texts.every((text) => read(text).fault === 0)
}

function means(texts: readonly string[], pattern: string, { kind, pattern: chosen }: TimeGuess): boolean {
  if (chosen.startsWith('epoch') || chosen === '') return false
  const spec = { date: DATES, moment: MOMENTS, local: LOCALS }[kind]
  if (!reads(texts, pattern, spec)) return false
  const [ours, theirs] = [chosen, pattern].map((one) => timeReader('time', { ...spec, pattern: one }))
  return texts.some((text) => ours?.(text).at !== theirs?.(text).at)
}
