/** Which of the figures of one look are not usual, together: the chance that any is, with nothing changed, is at most a level. */
import type { Finding } from '../../schemas/events/monitor.ts'
import { adjustedPValues } from '../statistics/fdr.ts'
import { chanceOf, degreesOf, type Figure, limitsOf, type Usual, usualOf } from './usual.ts'

/** So many are named in an alarm; all are counted. */
export const MOST_FINDINGS = 50

/** What is remembered of one figure; `at` are the positions that its values came at. */
export type Learned = { values: number[]; at: number[]; missed: number }

export type Judged = Readonly<{ findings: readonly Finding[]; judged: number; restsOn: readonly number[] }>

/**
 * By the rule of Benjamini & Yekutieli (2001), which holds however the figures hang together: features of one market move with and
 * against each other, which Benjamini & Hochberg's does not allow for.
 */
export const discoveries = (chances: Float64Array, level: number): readonly boolean[] =>
  Array.from(adjustedPValues(chances, { dependent: true }), (adjusted) => adjusted <= level)

/** Judges figures by what was learned of each, and learns of those that are usual. */
export function judge(
  figures: readonly Figure[],
  learned: Map<string, Learned>,
  { level, history, position }: Readonly<{ level: number; history: number; position: number }>,
): Judged {
  const told = figures.map((figure) => usualOf(learned.get(figure.what) ?? NOTHING, figure))
  const beside = figures.flatMap((figure, at) => {
    const one = told[at]
    return one.kind === 'measured' ? [{ figure, usual: one.value }] : []
  })
  const degrees = degreesOf(beside.map(({ usual }) => usual.moves))
  const judged = beside.map((one) => ({ ...one, chance: chanceOf(one.usual, degrees) }))
  const found = discoveries(
    Float64Array.from(judged, ({ chance }) => chance),
    level,
  )
  const unusual = judged.filter((_, at) => found[at])
  const isUnusual = new Set(unusual.map(({ figure }) => figure.what))
  const restsOn = new Set(unusual.flatMap(({ figure }) => learned.get(figure.what)?.at ?? []))
  for (const figure of figures) {
    if (isUnusual.has(figure.what)) missed(learned, figure.what)
    else learn(learned, figure, { history, position })
  }
  const worst = [...unusual].sort((a, b) => a.chance - b.chance)
  const single = level / (judged.length * harmonic(judged.length))
  return {
    findings: worst.map((one) => findingOf(one, limitsOf(one.usual, degrees, single))),
    judged: judged.length,
    restsOn: [...restsOn].sort((a, b) => a - b),
  }
}

const NOTHING = { values: [], missed: 0 }

/** Takes a figure for usual. */
export function learn(
  learned: Map<string, Learned>,
  { what, value }: Pick<Figure, 'what' | 'value'>,
  { history, position }: Readonly<{ history: number; position: number }>,
): void {
  const { values, at } = learned.get(what) ?? { values: [], at: [] }
  learned.set(what, {
    values: [...values, value].slice(-history),
    at: [...at, position].slice(-history),
    missed: 0,
  })
}

function missed(learned: Map<string, Learned>, what: string): void {
  const one = learned.get(what)
  if (one !== undefined) one.missed++
}

type Beside = Readonly<{ figure: Figure; usual: Usual; chance: number }>

function findingOf({ figure, usual, chance }: Beside, { low, high }: ReturnType<typeof limitsOf>): Finding {
  return {
    ...{ what: figure.what, observed: figure.value, usual: usual.usual, chance },
    low: Number.isFinite(low) ? low : null,
    high: Number.isFinite(high) ? high : null,
  }
}

const harmonic = (count: number): number =>
  Array.from({ length: count }, (_, i) => 1 / (i + 1)).reduce((sum, one) => sum + one, 0)
