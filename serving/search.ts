/** Which settings a sweep tries: every one, some at random, or many for a little and the best of them for longer. Nothing here is run. */
import { z } from 'zod'
import type { RunSpec } from '../schemas/events/experiment.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { name } from '../schemas/kernel/name.ts'
import { xoshiro128 } from '../streams/statistics/random.ts'

/** Values of one parameter: those that are listed, or any between two bounds. */
const range = z.strictObject({
  low: z.number(),
  high: z.number(),
  /** Each order of magnitude as likely as the next. */
  log: z.boolean().default(false),
  whole: z.boolean().default(false),
})
export const parameters = z.record(name, z.union([z.array(z.number()).min(1), range]))

export const search = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grid') }),
  z.strictObject({ kind: z.literal('random'), settings: z.int().min(1).max(10_000) }),
  z.strictObject({
    kind: z.literal('halving'),
    /** Settings drawn at random to begin with; the whole grid unless it is given. */
    settings: z.int().min(2).max(10_000).optional(),
    /** The parameter that grows: rounds, trees, epochs. */
    resource: name,
    from: z.int().positive(),
    to: z.int().positive(),
    /** Of so many runs one goes on, with so many times the resource. */
    factor: z.int().min(2).max(10).default(3),
    /** The metric that decides, the greatest first. */
    by: z.string().default('sharpe_annual'),
  }),
])
export type Search = z.infer<typeof search>
type Halving = Extract<Search, { kind: 'halving' }>

/** One choice of parameters, and what it adds to the name of a run. */
export type Setting = Readonly<{ label: string; params: RunSpec['params'] }>

type Asked = Readonly<{
  alphas: readonly number[]
  params?: z.infer<typeof parameters> | undefined
  search?: Search | undefined
  seed: number
}>

/** The settings that a sweep begins with. @throws Refusal `spec.malformed` */
export function settingsOf({
  alphas,
  params,
  search: how = { kind: 'grid' },
  seed,
}: Asked): readonly Setting[] {
  const wrong = (problems: string) => refuse('spec.malformed', { file: 'the sweep', problems })
  if ((alphas.length === 0) === (params === undefined)) throw wrong('it has either alphas or params')
  if (params === undefined) {
    if (how.kind !== 'grid') throw wrong('search: alphas are tried each; write params to search otherwise')
    return alphas.map((alpha) => ({ label: `a${alpha}`, params: [{ name: 'alpha', value: alpha }] }))
  }
  for (const [key, values] of Object.entries(params))
    if (!Array.isArray(values) && !(values.low < values.high && (!values.log || values.low > 0)))
      throw wrong(`params.${key}: low is below high, and above 0 where it is on a log scale`)
  if (how.kind === 'halving') {
    if (how.resource in params) throw wrong(`params.${how.resource}: the search says it (from, to)`)
    if (how.from > how.to) throw wrong('search: from is not above to')
  }
  if (how.kind !== 'grid' && seed < 0) throw wrong('seed: what is drawn needs one from 0 on')
  const count = how.kind === 'grid' ? undefined : how.settings
  const chosen = count === undefined ? gridOf(params, wrong) : drawn(params, count, seed)
  return how.kind === 'halving' ? chosen.map((one) => withResource(one, how, how.from)) : chosen
}

/** What of a round goes on, the best first; none where it was the last. @param reached the resource of the round */
export function nextRound<T>(
  how: Halving,
  reached: number,
  scored: readonly Readonly<{ of: T; score: number | undefined }>[],
): Readonly<{ resource: number; best: readonly T[] }> | null {
  if (reached >= how.to || scored.length < 2) return null
  const best = [...scored]
    .filter(({ score }) => score !== undefined && !Number.isNaN(score))
    .sort((one, other) => (other.score ?? 0) - (one.score ?? 0))
    .slice(0, Math.ceil(scored.length / how.factor))
  if (best.length === 0) return null
  return { resource: Math.min(reached * how.factor, how.to), best: best.map(({ of }) => of) }
}

/** How many runs there are at most, for so many to begin with. */
export function runsIn(how: Search | undefined, first: number): number {
  if (how?.kind !== 'halving') return first
  let [sum, count, reached] = [first, first, how.from]
  while (reached < how.to && count > 1) {
    count = Math.ceil(count / how.factor)
    reached *= how.factor
    sum += count
  }
  return sum
}

export const withResource = (
  { params }: Setting,
  { resource }: Pick<Halving, 'resource'>,
  value: number,
): Setting => settingOf([...params.filter((one) => one.name !== resource), { name: resource, value }])

const settingOf = (params: Setting['params']): Setting => ({
  label: params.map(({ name: key, value }) => `${key}${value}`).join('-'),
  params: [...params],
})

const MOST = 10_000

function gridOf(params: z.infer<typeof parameters>, wrong: (problems: string) => Error): readonly Setting[] {
  let grid: Setting['params'][] = [[]]
  for (const [key, values] of Object.entries(params)) {
    if (!Array.isArray(values))
      throw wrong(`params.${key}: a grid needs values, and a range is drawn from (search: random)`)
    grid = grid.flatMap((before) => values.map((value) => [...before, { name: key, value }]))
    if (grid.length > MOST) throw wrong(`params: the grid has more than ${MOST} settings`)
  }
  return grid.map(settingOf)
}

/** The same ones for the same seed. */
function drawn(params: z.infer<typeof parameters>, count: number, seed: number): readonly Setting[] {
  const uniform = xoshiro128(seed)
  const settings = Array.from({ length: count }, () =>
    settingOf(
      Object.entries(params).map(([key, values]) => ({ name: key, value: oneOf(values, uniform()) })),
    ),
  )
  // Two that are the same are one trial.
  return [...new Map(settings.map((one) => [one.label, one])).values()]
}

function oneOf(values: z.infer<typeof parameters>[string], uniform: number): number {
  if (Array.isArray(values)) return values[Math.floor(uniform * values.length)]
  const { low, high, log, whole } = values
  if (whole)
    return log ? Math.round(low * (high / low) ** uniform) : low + Math.floor(uniform * (high - low + 1))
  // As many digits as anybody reads, so that the name of a run says what it is.
  return Number((log ? low * (high / low) ** uniform : low + uniform * (high - low)).toPrecision(4))
}
