/** What a model in force said, held against what names earned, session by session: kept only of models that a rule watches for it. */
import type { Session } from '../../schemas/calendar.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { EventOf } from '../../schemas/event.ts'
import type { SessionClosed } from '../../schemas/events/data.ts'
import type { Finding } from '../../schemas/events/monitor.ts'
import type { PredictionMade } from '../../schemas/events/prediction.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Markets } from '../inference/market.ts'
import type { LiveModel, LiveModels } from '../inference/ports.ts'
import type { Measured } from '../statistics/measured.ts'
import { meanOf } from '../statistics/moments.ts'
import { changeFrom, type Detector, detect, evidenceOf, type Held, isAlarm } from './e-detector.ts'
import { earningScores, realizedOf } from './realized.ts'
import type { SkillReference, SkillReferences } from './skill-reference.ts'

export const SKILL_CHECKS = ['information-coefficient', 'residuals'] as const
export type SkillCheck = (typeof SKILL_CHECKS)[number]

/** A change is told by so many of the latest sessions at most. */
const MOST_SESSIONS = 252
/** Decisions that are kept: the longest horizon, and an entry after it. */
const MOST_DECISIONS = 63 + 21

/** `at`: the prediction that was made last before. */
type Look = Readonly<{ at: Position } & Record<SkillCheck, number>>

type Watched = {
  artifact: string
  reference: Measured<SkillReference> | null
  scores: ReadonlyMap<Session, Float64Array>
  latest: Position
  looks: readonly Look[]
}

/** The looks at a model up to now, and what they are held to. */
export type Accounted = Readonly<{ model: string; looks: readonly Look[]; reference: SkillReference }>

type Parts = Readonly<{ models: LiveModels; markets: Markets; skill: SkillReferences }>

export class SkillWatch {
  readonly #parts: Parts
  readonly #watched = new Map<string, Watched>()
  readonly #sessions = new Map<string, readonly Session[]>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether it is another file than before: of that nothing is known. */
  made({ data, position }: EventOf<typeof PredictionMade>): boolean {
    const { model, artifact, session, rows } = data
    const live = this.#parts.models.inForce(model)
    const market = live === undefined ? undefined : this.#parts.markets.of(live.dataset)
    if (live?.artifact !== artifact || market === undefined) return false
    const known = this.#watched.get(model)
    const isNew = known?.artifact !== artifact
    const watched = isNew ? { artifact, reference: null, scores: new Map(), looks: [] } : known
    const places = rows.map(({ entity }) => market.placeOf(entity))
    const scores = new Float64Array(market.entities.length).fill(Number.NaN)
    for (const [row, { score }] of rows.entries()) scores[places[row]] = score ?? Number.NaN
    const kept = [...watched.scores, [session, scores] as const].slice(-MOST_DECISIONS)
    this.#watched.set(model, { ...watched, scores: new Map(kept), latest: position })
    return isNew
  }

  /** What came of the decisions whose labels hold a session. */
  async closed({ data }: EventOf<typeof SessionClosed>): Promise<readonly Accounted[]> {
    const { dataset, session } = data
    const before = this.#sessions.get(dataset) ?? []
    this.#sessions.set(dataset, [...before, session].slice(-MOST_DECISIONS))
    const accounted: Accounted[] = []
    for (const live of this.#parts.models.trading(dataset)) {
      const one = await this.#account(live, before)
      if (one !== null) accounted.push(one)
    }
    return accounted
  }

  async #account(live: LiveModel, before: readonly Session[]): Promise<Accounted | null> {
    const { model } = live
    const watched = this.#watched.get(model)
    const marks = this.#parts.markets.of(live.dataset)?.marks
    if (watched?.artifact !== live.artifact || marks === undefined) return null
    watched.reference ??= await this.#parts.skill(live)
    if (watched.reference.kind === 'insufficient') return null
    const { value: reference } = watched.reference
    const decided = before.map((one) => watched.scores.get(one) ?? NONE)
    const scores = earningScores(decided, reference.horizon, marks.returns.length)
    if (scores === null) return null
    const { coefficient, residual } = realizedOf(scores, marks.returns, reference.slope)
    const look = { at: watched.latest, 'information-coefficient': coefficient, residuals: residual }
    watched.looks = [...watched.looks, look].slice(-MOST_SESSIONS)
    return { model, looks: watched.looks, reference }
  }

  save = (): Memory => ({ watched: this.#watched, sessions: this.#sessions }) as unknown as Memory

  restore(memory: Memory): void {
    const { watched, sessions } = memory as unknown as {
      watched: ReadonlyMap<string, Watched>
      sessions: ReadonlyMap<string, readonly Session[]>
    }
    for (const [model, one] of watched) this.#watched.set(model, one)
    for (const [dataset, closed] of sessions) this.#sessions.set(dataset, closed)
  }
}

const NONE = new Float64Array()

type Judged = Readonly<{ detector: Detector; findings: readonly Finding[]; restsOn: readonly Position[] }>

/** The latest look at a model by one check. */
export function judgeSkill(
  check: SkillCheck,
  { looks, reference }: Accounted,
  { detector, level }: Readonly<{ detector: Detector; level: number }>,
): Judged {
  const held = reference[check]
  const value = looks.at(-1)?.[check] ?? Number.NaN
  if (held.kind === 'insufficient') return { detector, findings: [], restsOn: [] }
  const next = detect(detector, value, held.value, level)
  if (!isAlarm(next)) return { detector: next, findings: [], restsOn: [] }
  const changed = looks.slice(
    changeFrom(
      looks.map((look) => look[check]),
      held.value,
    ),
  )
  const restsOn = [...new Set(changed.map(({ at }) => at))]
  return { detector: next, restsOn, findings: [changeOf(check, changed, held.value), evidence(next, level)] }
}

function changeOf(check: SkillCheck, changed: readonly Look[], { side, usual, mean }: Held): Finding {
  const seen = Float64Array.from(changed, (look) => look[check]).filter(Number.isFinite)
  const shown = (value: number): number => (check === 'residuals' ? 10 ** value : value)
  const limit = shown(mean)
  return {
    what: `${NAMES[check]}, ${changed.length} sessions`,
    observed: seen.length === 0 ? 0 : shown(meanOf(seen)),
    ...{ usual: shown(usual), chance: null },
    ...{ low: side === 'below' ? limit : null, high: side === 'above' ? limit : null },
  }
}

const NAMES: Readonly<Record<SkillCheck, string>> = {
  'information-coefficient': 'information coefficient',
  residuals: 'mean residual return',
}

const evidence = (detector: Detector, level: number): Finding => ({
  ...{ what: 'evidence of a change', observed: evidenceOf(detector), usual: null, low: null },
  ...{ high: 1 / level, chance: null },
})
