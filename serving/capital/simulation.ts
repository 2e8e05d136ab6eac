/** A policy's capital rules over what a model in force has earned: which cuts it would have made, and what each cost or saved. */
import { knownTruth, type TruthTable } from '../../commands/capital/known-truth.ts'
import { type CapitalRules, type Held, type SimulatedCut, simulate } from '../../commands/capital/simulate.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { registry } from '../../projections/model/registry.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import type { Session } from '../../schemas/calendar.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Allocated } from '../../schemas/events/capital.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isForeign } from '../../schemas/reaction.ts'
import { backtestOf } from '../../streams/monitoring/backtest.ts'
import { beginEvidence } from '../../streams/monitoring/e-process.ts'
import { expectationOf } from '../../streams/monitoring/sharpe-watch.ts'
import type { Measured } from '../../streams/statistics/measured.ts'
import type { Archive } from '../archive.ts'
import { trialLedger } from '../trial-ledger.ts'

type Readable = Pick<Archive, 'log' | 'chunks' | 'confirmed'>

export const REVIEW_AFTER = 5

export type Asked = Readonly<{
  model: string
  /** Those of the policy in force unless they are told. */
  rules?: CapitalRules | undefined
  /** Sessions from a cut to its review, which gives back. */
  reviewAfter?: number | undefined
  /** Paths of known truth. */
  paths?: number | undefined
}>

/** Sums are of net returns, in fractions of full capital: 0.01 is one percent of it. */
export type SimulatedPromotion = Readonly<{
  run: string
  promotion: Position
  /** Live sessions, the first and the last of them, and those of the held-out backtest. */
  sessions: number
  from: Session | null
  to: Session | null
  backtestSessions: number
  cuts: readonly (Omit<SimulatedCut, 'at' | 'until'> &
    Readonly<{ session: Session; until: Session | null }>)[]
  /** With all of the capital in every session, with what the rules would have left, and with what there was. */
  full: number
  earned: number
  asItWas: number
  /** What cuts withheld that earned, and what cuts withheld that lost (at least 0 both). `full` is `earned` plus cost less saved. */
  cost: number
  saved: number
  /** On paths of which it is known whether the model still works. */
  truth: Measured<TruthTable>
}>

export type CapitalSimulation = Readonly<{
  model: string
  position: Position
  rules: CapitalRules
  reviewAfter: number
  promotions: readonly SimulatedPromotion[]
}>

/** @throws Refusal `capital.nothing-to-simulate`, `approval.no-policy` */
export async function simulationOf(
  { log, chunks, confirmed }: Readable,
  asked: Asked,
): Promise<CapitalSimulation> {
  const { model, reviewAfter = REVIEW_AFTER, paths } = asked
  const position = await confirmed()
  const moment = { position, confirmed: position }
  const { state: trained } = await foldTo(log, NO_STORE, experiments, moment)
  const { state: governed } = await foldTo(log, NO_STORE, registry, moment)
  const rules = asked.rules ?? governed.policy
  if (rules === null) throw refuse('approval.no-policy')
  const { sharpe, losses, ladder } = rules
  const lives = await livesOf({ log, position }, model)
  if (lives.length === 0) throw refuse('capital.nothing-to-simulate', { model })
  const trials = trialLedger(() => trained)
  const promotions: SimulatedPromotion[] = []
  for (const life of lives) {
    const { net, periodsPerYear, trials: chosenFrom } = await backtestOf({ chunks, trials }, life.run)
    const held: Held = {
      expected: sharpe === null ? null : expectationOf(net, sharpe, periodsPerYear),
      none: beginEvidence(net, { trials: chosenFrom }),
    }
    const how = { held, reviewAfter }
    const own = { sharpe, losses, ladder }
    promotions.push({
      ...lived(life, own, how),
      backtestSessions: net.length,
      truth: knownTruth(net, own, { ...how, paths, sessions: Math.round(periodsPerYear) }),
    })
  }
  return { model, position, rules: { sharpe, losses, ladder }, reviewAfter, promotions }
}

type Day = Readonly<{ session: Session; net: number; capital: number }>
type Life = Readonly<{ run: string; promotion: Position; days: Day[] }>

function lived(
  { run, promotion, days }: Life,
  rules: CapitalRules,
  how: Readonly<{ held: Held; reviewAfter: number }>,
): Omit<SimulatedPromotion, 'backtestSessions' | 'truth'> {
  const { cuts, full, earned } = simulate(
    Float64Array.from(days, ({ net }) => net),
    rules,
    how,
  )
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return {
    ...{ run, promotion, sessions: days.length },
    ...{ from: days.at(0)?.session ?? null, to: days.at(-1)?.session ?? null },
    cuts: cuts.map(({ at, until, ...cut }) => ({
      ...cut,
      session: days[at].session,
      until: until === null ? null : (days[until]?.session ?? null),
    })),
    ...{ full, earned, asItWas: sum(days.map(({ net, capital }) => net * capital)) },
    cost: sum(cuts.map(({ withheld }) => Math.max(0, withheld))),
    saved: sum(cuts.map(({ withheld }) => Math.max(0, -withheld))),
  }
}

/** What the model earned as it was observed, from each promotion that gave it capital to the next. */
async function livesOf(
  { log, position }: Readonly<{ log: Readable['log']; position: Position }>,
  model: string,
): Promise<readonly Life[]> {
  const runs = new Map<Position, string>()
  const lives: Life[] = []
  const take = (event: Recorded): void => {
    if ((event.data as { model?: unknown }).model !== model) return
    if (isEvent(Promoted, event)) runs.set(event.position, event.data.run)
    if (isEvent(Allocated, event)) {
      const { promotion } = event.data
      lives.push({ run: runs.get(promotion) ?? '', promotion, days: [] })
    }
    if (isEvent(OutcomeObserved, event)) lives.at(-1)?.days.push(event.data)
  }
  const types = [Promoted.type, Allocated.type, OutcomeObserved.type]
  if (position > 0)
    for await (const batch of log.readAll(1, { types, positionAtMost: position }))
      for (const event of batch) if (!isForeign(event)) take(event)
  return lives
}
