/** Capital follows the models: full at promotion, cut when the Sharpe watch or a loss limit is breached. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { type CutCause, Reduced } from '../../schemas/events/capital.ts'
import { LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { Promoted, Retired } from '../../schemas/events/model.ts'
import { type CutRule, kinOf, ruleOf, type Standing, shareOf } from '../../schemas/review.ts'
import type { LiveModels } from '../../streams/inference/ports.ts'
import { KNOWS_NOTHING, type Processor } from '../../streams/processor.ts'
import type { TrialLedger } from '../../streams/training/trials.ts'
import { type Allocate, capital, type Reduce, type Release } from './capital.ts'

export const capitalStream = (model: string): string => `capital-${model}`

type Parts = Readonly<{
  models: LiveModels
  /** The position of the retirement by which nothing is in force as a model; null where something is, or never was. */
  retiredAt: (model: string) => Position | null
  /** Which trials count for a family, as the gate counts them. */
  trials: TrialLedger
  /** How each model that ever had capital stands with it. */
  standings: () => Readonly<Record<string, Standing>>
  /** The fraction of what there was that is left after a breach of the rule, by the policy in force. */
  fractionAfter: (rule: CutRule) => number
}>

export function capitalProcessor({ models, retiredAt, trials, standings, fractionAfter }: Parts): Processor {
  /** Cuts that were said and have not come back from the log: the next breach finds them made. */
  const cut = new Map<string, Readonly<{ measurement: Position; standing: Standing }>>()
  const current = (): Readonly<Record<string, Standing>> => {
    const cuts = [...cut].map(([model, { standing }]) => [model, standing] as const)
    return cuts.length === 0 ? standings() : { ...standings(), ...Object.fromEntries(cuts) }
  }

  const commandsFor = (event: Recorded): readonly (Allocate | Reduce | Release)[] => {
    if (isEvent(Promoted, event)) {
      const { model } = event.data
      const live = models.inForce(model)
      // An unsound promotion is never in force.
      if (live?.promotion !== event.position) return []
      const { artifact, promotion, run } = live
      const { author, family } = run
      const counted = new Set(trials.family(family).flatMap((trial) => trial.artifact ?? []))
      const kin = kinOf(current(), { model, artifact, family, counted })
      return [{ kind: 'allocate', model, artifact, author, family, promotion, kin }]
    }
    if (isEvent(Retired, event)) {
      const { model } = event.data
      return retiredAt(model) === event.position
        ? [{ kind: 'release', model, retirement: event.position }]
        : []
    }
    if (isEvent(SharpeWatched, event) && event.data.breach)
      return reductions(event, 'sharpe', event.data.z ?? 0)
    return isEvent(LossLimitBreached, event) ? reductions(event, event.data.rule, event.data.loss) : []
  }

  /** One file is one model: the cut holds under every name that the file has. */
  const reductions = (
    { position: measurement, data: { model } }: Recorded<string, { model: string }>,
    cause: CutCause,
    value: number,
  ): readonly Reduce[] => {
    const said = {
      kind: 'reduce',
      fractionAfter: fractionAfter(ruleOf(cause)),
      measurement,
      cause,
      value,
    } as const
    return [model, ...namesOf(current(), model)].map((name) => ({ ...said, model: name }))
  }

  return {
    name: 'capital',
    version: 1,
    // A cut that was said is over when it has come back from the log.
    ...KNOWS_NOTHING,
    handles: [Promoted.type, Retired.type, SharpeWatched.type, LossLimitBreached.type, Reduced.type],
    async take(event, say) {
      if (isEvent(Reduced, event)) {
        const { model, measurement } = event.data
        if (cut.get(model)?.measurement === measurement) cut.delete(model)
        return
      }
      if (say === null) return
      const context = { now: event.knownAt, actor: 'asof:capital' }
      for (const command of commandsFor(event)) {
        const { model } = command
        const standing = current()[model]
        const decided = capital.decide({ ...command, standing }, null, context)
        if (!decided.ok || decided.value.length === 0) continue
        const events = decided.value.map((draft) => ({ ...draft, eventTime: event.eventTime }))
        if (command.kind === 'reduce' && standing !== undefined)
          cut.set(model, { measurement: command.measurement, standing: reduced(standing, command) })
        say({ stream: capitalStream(model), events })
      }
    },
  }
}

const reduced = (standing: Standing, { fractionAfter, measurement, cause }: Reduce): Standing => ({
  ...standing,
  ...(standing.released === undefined
    ? { fraction: standing.fraction * fractionAfter }
    : { released: shareOf(standing) * fractionAfter }),
  pendingReview: measurement,
  cutBy: [...standing.cutBy, ruleOf(cause)],
})

/** The other names that the file of a model has, in order. */
function namesOf(standings: Readonly<Record<string, Standing>>, model: string): readonly string[] {
  const artifact = standings[model]?.artifact
  return Object.keys(standings)
    .filter((name) => name !== model && standings[name].artifact === artifact)
    .sort()
}
