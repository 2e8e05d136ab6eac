/**
 * Outcomes into alarms of the ladder: the always-valid test on what was earned since the last change of a model's capital. After each
 * change the evidence begins anew, so that no step is taken twice on the same days, and none right after a raise.
 */
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { LadderBreached, Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import type { ChunkStore } from '../log/chunks.ts'
import type { Processor } from '../processor.ts'
import type { TrialLedger } from '../training/trials.ts'
import { backtestOf } from './backtest.ts'
import { driftStream } from './drift-processor.ts'
import { ALARM_AT, beginEvidence, type Evidence, observe } from './e-process.ts'

type Parts = Readonly<{
  chunks: ChunkStore
  trials: TrialLedger
  policy: () => PolicySpec | null
  /** The position of the promotion that is in force; an unsound promotion is never in force. */
  promotionOf: (model: string) => number | null
  /** Position of the change that left a model with the capital that it is granted. */
  changeOf: (model: string) => number | null
}>

/** What a model is held to, and what it showed since. */
type Watched = Readonly<{ none: Evidence; evidence: Evidence }>

export function ladderProcessor({ chunks, trials, policy, promotionOf, changeOf }: Parts): Processor {
  const models = new Map<string, Watched>()

  const see = async (event: Recorded): Promise<Evidence | null> => {
    if (isEvent(Promoted, event)) {
      const { model, run } = event.data
      if (promotionOf(model) !== event.position) return null
      const { net, trials: chosenFrom } = await backtestOf({ chunks, trials }, run)
      const none = beginEvidence(net, { trials: chosenFrom })
      models.set(model, { none, evidence: none })
      return null
    }
    const { model } = event.data as { model: string }
    const watched = models.get(model)
    if (watched === undefined) return null
    const { none } = watched
    if (!isEvent(OutcomeObserved, event)) {
      // A review or a raise that does not hold changes nothing.
      if (changeOf(model) === event.position) models.set(model, { none, evidence: none })
      return null
    }
    // Days without a ladder count for none that comes later.
    const evidence = policy()?.ladder == null ? none : observe(watched.evidence, event.data.net)
    models.set(model, { none, evidence: evidence.alarm ? none : evidence })
    return evidence.alarm ? evidence : null
  }

  return {
    name: 'ladder',
    version: 1,
    save: () => models,
    restore(memory) {
      for (const [model, watched] of memory as unknown as typeof models) models.set(model, watched)
    },
    handles: [Promoted.type, OutcomeObserved.type, SteppedDown.type, Reviewed.type, Raised.type],
    async take(event, say) {
      const alarm = await see(event)
      if (say === null || alarm === null) return
      const { model } = event.data as { model: string }
      const { eventTime, knownAt, position: outcome } = event
      const data = { model, outcome, days: alarm.days, eValue: alarm.eValue, alarmAt: ALARM_AT }
      say({ stream: driftStream(model), events: [LadderBreached.draft(data, { eventTime, knownAt })] })
    },
  }
}
