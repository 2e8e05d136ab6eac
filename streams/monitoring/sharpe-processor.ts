/** Outcomes into the Sharpe watch: each day the latest window against the held-out backtest, beside an always-valid test. */
import type { Recorded } from '../../schemas/envelope.ts'
import type { EventOf } from '../../schemas/event.ts'
import { isEvent } from '../../schemas/event.ts'
import type { PolicySpec, SharpeRule } from '../../schemas/events/approval.ts'
import { SharpeWatched } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import type { ChunkStore } from '../log/chunks.ts'
import type { Processor, Reaction } from '../processor.ts'
import type { TrialLedger } from '../training/trials.ts'
import { backtestOf } from './backtest.ts'
import { driftStream } from './drift-processor.ts'
import { ALARM_AT, beginEvidence, type Evidence, observe } from './e-process.ts'
import { expectationOf, type SharpeExpectation, watch } from './sharpe-watch.ts'

type Parts = Readonly<{
  chunks: ChunkStore
  trials: TrialLedger
  policy: () => PolicySpec | null
  /** The position of the promotion that is in force; an unsound promotion is never in force. */
  promotionOf: (model: string) => number | null
}>

/** What a model is held to, and how it has done since it was promoted. */
type Watched = {
  run: string
  rule: SharpeRule | null
  net: number[]
  expected: SharpeExpectation | null
  evidence: Evidence
}

export function sharpeProcessor({ chunks, trials, policy, promotionOf }: Parts): Processor {
  const models = new Map<string, Watched>()

  /** A new promotion is watched from its first day: what an earlier model did is not held against it. */
  const begin = async (event: Recorded): Promise<void> => {
    if (!isEvent(Promoted, event) || promotionOf(event.data.model) !== event.position) return
    const { model, run } = event.data
    const rule = policy()?.sharpe ?? null
    const { net, periodsPerYear: perYear, trials: chosenFrom } = await backtestOf({ chunks, trials }, run)
    const expected = rule === null ? null : expectationOf(net, rule, perYear)
    const evidence = beginEvidence(net, { trials: chosenFrom })
    models.set(model, { run, rule, net: [], expected, evidence })
  }

  const add = (event: EventOf<typeof OutcomeObserved>): Watched | undefined => {
    const watched = models.get(event.data.model)
    if (watched === undefined) return undefined
    watched.net.push(event.data.net)
    watched.evidence = observe(watched.evidence, event.data.net)
    return watched
  }

  const measure = (event: EventOf<typeof OutcomeObserved>): readonly Reaction[] => {
    const watched = add(event)
    if (watched === undefined || watched.rule === null || watched.expected === null) return []
    const { model } = event.data
    const { rule, expected, net, evidence } = watched
    const window = Float64Array.from(net.slice(-rule.windowDays))
    const { sharpe, z, breach } = watch(window, expected, rule)
    const data = {
      model,
      days: net.length,
      sharpe,
      expected: expected.mean,
      deviation: expected.deviation,
      z,
      breach,
      eValue: evidence.eValue,
      heldMean: Number.isFinite(evidence.mean) ? evidence.mean : null,
      alarmAt: ALARM_AT,
      alarm: evidence.alarm,
    }
    const times = { eventTime: event.eventTime, knownAt: event.knownAt }
    return [{ stream: driftStream(model), events: [SharpeWatched.draft(data, times)] }]
  }

  return {
    name: 'sharpe-watch',
    version: 1,
    save: () =>
      new Map(
        [...models].map(([model, { net, ...watched }]) => [
          model,
          { ...watched, net: new Float64Array(net) },
        ]),
      ),
    restore(memory) {
      for (const [model, watched] of memory as unknown as ReadonlyMap<string, Watched>)
        models.set(model, { ...watched, net: [...watched.net] })
    },
    handles: [Promoted.type, OutcomeObserved.type],
    async take(event, say) {
      await begin(event)
      if (!isEvent(OutcomeObserved, event)) return
      if (say === null) add(event)
      else for (const reaction of measure(event)) say(reaction)
    },
  }
}
