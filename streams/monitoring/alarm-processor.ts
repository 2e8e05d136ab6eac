/**
 * Arrivals, predictions and measurements into alarms, by the rules in force. It says nothing where nobody declared a rule. Time is that of
 * the events for which the platform's clock was read.
 */
import type { Draft, Recorded } from '../../schemas/envelope.ts'
import { type EventOf, isEvent, type Times } from '../../schemas/event.ts'
import { ClaimRederived, ClaimWithdrawn } from '../../schemas/events/claim.ts'
import { type DatasetSpec, RowsArrived, SessionClosed } from '../../schemas/events/data.ts'
import { DriftMeasured, SharpeWatched } from '../../schemas/events/drift.ts'
import {
  AlarmAccepted,
  AlertRuleDeclared,
  AlertRuleRetired,
  CLAIM_CHECKS,
  DATA_CHECKS,
  DeadlinePassed,
  MODEL_CHECKS,
} from '../../schemas/events/monitor.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Markets } from '../inference/market.ts'
import type { LiveModels } from '../inference/ports.ts'
import type { ChunkStore } from '../log/chunks.ts'
import type { Processor } from '../processor.ts'
import { closed, entered, keyOf, type Looked } from './alarm-book.ts'
import { checksOn, levelOf, type Ruled, ruledBy, watches } from './alert-rules.ts'
import type { Figures } from './arrival-figures.ts'
import { EVERY_DAYS } from './drift-processor.ts'
import { NO_CHANGE } from './e-detector.ts'
import { Feeds } from './feeds.ts'
import { claimFindings, driftFindings, lateFindings, skillFindings } from './model-findings.ts'
import { Predictions } from './predictions.ts'
import type { References } from './references.ts'
import type { SkillReferences } from './skill-reference.ts'
import { type Accounted, judgeSkill, SKILL_CHECKS, SkillWatch } from './skill-watch.ts'
import { judge } from './unusual.ts'

type Parts = Readonly<{
  chunks: ChunkStore
  datasets: () => Readonly<Record<string, Readonly<{ spec: DatasetSpec }>>>
  models: LiveModels
  markets: Markets
  references: References
  skill: SkillReferences
}>

/** A rule by which a data set is overdue. */
export type Overdue = Readonly<{ rule: string; version: number; dataset: string; latest: number }>

export type AlarmProcessor = Processor &
  Readonly<{
    /** Which data sets are overdue at a moment, of which no alarm is open: whoever keeps the time says so, as an event. */
    overdueAt: (now: Micros) => readonly Overdue[]
  }>

type Said = Readonly<{ rule: string; drafts: readonly Draft[] }>

export const alarmStream = (rule: string): string => `alarms-${rule}`

export function alarmProcessor(parts: Parts): AlarmProcessor {
  const rules = new Map<string, Ruled>()
  const feeds = new Feeds(parts.chunks, (dataset) => parts.datasets()[dataset]?.spec)
  const predictions = new Predictions()
  const skill = new SkillWatch(parts)
  const there = () => ({ datasets: feeds.names(), models: predictions.names() })

  /** What each rule says of an event. */
  const eachRule = async (of: (ruled: Ruled) => Promise<readonly (Draft | null)[]>) => {
    const said: Said[] = []
    for (const [rule, ruled] of rules) {
      const drafts = (await of(ruled)).filter((draft) => draft !== null)
      if (drafts.length > 0) said.push({ rule, drafts })
    }
    return said
  }

  /** The figures of one look at a thing, check by check. */
  const look = (
    { spec, learned, open }: Ruled,
    { thing, position, figures }: Readonly<{ thing: string; position: number; figures: Figures }>,
    times: Times,
  ): (Draft | null)[] => {
    const own = learned.get(thing) ?? new Map()
    learned.set(thing, own)
    const level = levelOf(spec, there())
    return checksOn(spec, [...DATA_CHECKS, ...MODEL_CHECKS], thing).flatMap((check) => {
      const looked = figures[check]
      if (looked === undefined) return []
      const { findings, restsOn } = judge(looked, own, { level, history: spec.history, position })
      return [entered(open, spec, { check, thing, position, findings, level, restsOn }, times)]
    })
  }

  const arrive = (event: Recorded, name: string) =>
    eachRule(async (ruled) => {
      const checks = checksOn(ruled.spec, DATA_CHECKS, name)
      if (checks.every((check) => check === 'freshness')) return []
      if (!ruled.learned.has(name)) ruled.learned.set(name, await feeds.learned(name, ruled.spec))
      const figures = await feeds.latest(name, event.position, ruled.spec)
      return figures === null ? [] : look(ruled, { thing: name, position: event.position, figures }, event)
    })

  const predict = (event: Recorded, model: string) =>
    eachRule(async (ruled) => {
      if (!checksOn(ruled.spec, MODEL_CHECKS, model).includes('predictions')) return []
      if (!ruled.learned.has(model)) ruled.learned.set(model, predictions.learned(model, ruled.spec))
      const figures = predictions.latest(model)
      return look(ruled, { thing: model, position: event.position, figures }, event)
    })

  const isWatched = (model: string): boolean =>
    [...rules.values()].some(({ spec }) => checksOn(spec, SKILL_CHECKS, model).length > 0)

  /** What came of a model's decisions in a session. */
  const account = (event: Recorded, accounted: Accounted) =>
    eachRule(async ({ spec, open, changes }) => {
      const { model: thing } = accounted
      const level = levelOf(spec, there())
      return checksOn(spec, SKILL_CHECKS, thing).map((check) => {
        const key = keyOf(check, thing)
        const { detector, ...found } = judgeSkill(check, accounted, {
          detector: changes.get(key) ?? NO_CHANGE,
          level,
        })
        changes.set(key, detector)
        return entered(open, spec, { check, thing, position: event.position, level, ...found }, event)
      })
    })

  const measure = (event: Recorded, of: Pick<Looked, 'check' | 'thing'>, findings: Findings) =>
    eachRule(async ({ spec, open }) => {
      if (!checksOn(spec, MODEL_CHECKS, of.thing).some((check) => check === of.check)) return []
      const looksAYear = Math.ceil(spec.looksAYear / EVERY_DAYS)
      const found = await findings(levelOf(spec, there(), looksAYear))
      return [entered(open, spec, { ...of, ...found, position: event.position, restsOn: [] }, event)]
    })

  /** A claim that was worked out again. What follows once more is not broken any more, at once. */
  const prove = (event: EventOf<typeof ClaimRederived>) =>
    eachRule(async ({ spec, open }) => {
      const { claim: thing, problems } = event.data
      const findings = claimFindings(problems)
      return checksOn(spec, CLAIM_CHECKS, thing).map((check) => {
        const looked = { check, thing, position: event.position, findings, level: null, restsOn: [] }
        return entered(open, { ...spec, resolveAfter: 1 }, looked, event)
      })
    })

  const withdraw = (event: EventOf<typeof ClaimWithdrawn>) =>
    eachRule(async ({ spec, open }) =>
      CLAIM_CHECKS.flatMap((check) => open.get(keyOf(check, event.data.claim)) ?? []).map((one) =>
        closed(open, spec, one, { why: 'no longer watched', times: event }),
      ),
    )

  /** Whether each data set that is watched for it is overdue by now. */
  const tell = (event: Recorded) =>
    eachRule(async ({ spec, open }) => {
      if (!spec.checks.includes('freshness')) return []
      const check = 'freshness'
      return [...feeds.names()].filter(watchedBy(spec)).map((thing) => {
        const finding = feeds.overdue(thing, spec.history)
        const isOpen = open.has(keyOf(check, thing))
        if (finding === null && !isOpen) return null
        const restsOn = feeds.positions(thing, spec.history)
        const looked = { check, thing, position: event.position, level: null, restsOn } as const
        // What has arrived is not late any more, at once.
        const rule = { ...spec, resolveAfter: 1 }
        return entered(open, rule, { ...looked, findings: finding === null ? [] : [finding] }, event)
      })
    })

  const declare = (event: Recorded) => {
    if (!isEvent(AlertRuleDeclared, event)) return []
    const { rule } = event.data
    const ruled = ruledBy(event.data, rules.get(rule))
    const { open } = ruled
    // Kept in the order in which they were first declared.
    rules.set(rule, ruled)
    const gone = [...open.values()].filter(
      ({ check, thing }) => !ruled.spec.checks.includes(check) || !watches(ruled.spec, thing),
    )
    const end = { why: 'no longer watched', times: event } as const
    return [{ rule, drafts: gone.map((one) => closed(open, ruled.spec, one, end)) }]
  }

  const retire = (event: Recorded, rule: string) => {
    const ruled = rules.get(rule)
    if (ruled === undefined) return []
    rules.delete(rule)
    const end = { why: 'rule retired', times: event } as const
    return [{ rule, drafts: [...ruled.open.values()].map((one) => closed(ruled.open, ruled.spec, one, end)) }]
  }

  const accept = (event: Recorded) => {
    if (!isEvent(AlarmAccepted, event)) return []
    const { rule, check, thing, cause } = event.data
    const ruled = rules.get(rule)
    const open = ruled?.open.get(keyOf(check, thing))
    if (ruled === undefined || open?.cause !== cause) return []
    ruled.learned.set(thing, new Map())
    return [{ rule, drafts: [closed(ruled.open, ruled.spec, open, { why: 'accepted', times: event })] }]
  }

  const follows = async (event: EventOf<typeof PredictionMade>) => {
    const { model } = event.data
    if (predictions.made(event)) for (const { learned } of rules.values()) learned.delete(model)
    if (isWatched(model) && skill.made(event))
      for (const { changes } of rules.values())
        for (const check of SKILL_CHECKS) changes.delete(keyOf(check, model))
    const of = { check: 'too-late', thing: model } as const
    const late = await measure(event, of, async () => lateFindings(event.data))
    return [...late, ...(await predict(event, model))]
  }

  const follow = async (event: Recorded) => {
    if (isEvent(AlertRuleDeclared, event)) return declare(event)
    if (isEvent(AlertRuleRetired, event)) return retire(event, event.data.rule)
    if (isEvent(AlarmAccepted, event)) return accept(event)
    if (isEvent(DriftMeasured, event)) {
      const of = { check: 'feature-drift', thing: event.data.model } as const
      return measure(event, of, (level) => driftFindings(event.data, level, parts))
    }
    if (isEvent(SharpeWatched, event)) {
      const of = { check: 'skill', thing: event.data.model } as const
      return measure(event, of, async () => skillFindings(event.data))
    }
    if (isEvent(PredictionMade, event)) return follows(event)
    if (isEvent(ClaimRederived, event)) return prove(event)
    if (isEvent(ClaimWithdrawn, event)) return withdraw(event)
    // When rows are known is the vendor's word: time is told by what the platform's own clock was read for.
    if (isEvent(SessionClosed, event) || isEvent(DeadlinePassed, event)) feeds.passes(event.knownAt)
    const arrived = isEvent(RowsArrived, event) && feeds.arrived(event) ? event.data.dataset : null
    const late = await tell(event)
    if (arrived !== null) return [...late, ...(await arrive(event, arrived))]
    const accounted = isEvent(SessionClosed, event) ? await skill.closed(event) : []
    const changed: Said[] = []
    for (const one of accounted) changed.push(...(await account(event, one)))
    return [...late, ...changed]
  }

  return {
    name: 'alarms',
    version: 1,
    handles: [
      ...[AlertRuleDeclared.type, AlertRuleRetired.type, AlarmAccepted.type, DeadlinePassed.type],
      ...[RowsArrived.type, SessionClosed.type, PredictionMade.type, DriftMeasured.type, SharpeWatched.type],
      ...[ClaimRederived.type, ClaimWithdrawn.type],
    ],
    save: (): Memory =>
      ({ rules, feeds: feeds.save(), predictions: predictions.save(), skill: skill.save() }) as Memory,
    restore(memory) {
      const saved = memory as { rules: ReadonlyMap<string, Ruled> } & Record<Part, Memory> & {
          skill?: Memory
        }
      for (const [rule, ruled] of saved.rules) rules.set(rule, ruledBy(ruled.spec, ruled))
      feeds.restore(saved.feeds)
      predictions.restore(saved.predictions)
      // None from before models were held against what names earned.
      if (saved.skill !== undefined) skill.restore(saved.skill)
    },
    async take(event, say) {
      for (const { rule, drafts } of await follow(event))
        if (drafts.length > 0) say?.({ stream: alarmStream(rule), events: drafts })
    },
    overdueAt: (now) =>
      [...rules].flatMap(([rule, { spec, open }]) =>
        spec.checks.includes('freshness')
          ? [...feeds.names()].filter(watchedBy(spec)).flatMap((dataset) => {
              const isNew = !open.has(keyOf('freshness', dataset))
              const isLate = isNew && feeds.overdue(dataset, spec.history, now) !== null
              return isLate
                ? [{ rule, version: spec.version, dataset, latest: feeds.latestPosition(dataset) }]
                : []
            })
          : [],
      ),
  }
}

type Part = 'feeds' | 'predictions'

type Findings = (level: number) => Promise<Pick<Looked, 'findings' | 'level'>>

const watchedBy =
  (spec: Ruled['spec']) =>
  (thing: string): boolean =>
    watches(spec, thing)
