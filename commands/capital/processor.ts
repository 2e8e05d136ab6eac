/** Capital follows the models: full at promotion, cut when the Sharpe watch or a loss limit is breached, halted as its file or kin is. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import type { LadderRule } from '../../schemas/events/approval.ts'
import { type CutCause, Reduced } from '../../schemas/events/capital.ts'
import { LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { Halted, UnhaltSigned } from '../../schemas/events/halt.ts'
import { LadderBreached, SteppedDown } from '../../schemas/events/ladder.ts'
import { Promoted, Retired } from '../../schemas/events/model.ts'
import { type CutRule, kinOf, ruleOf, type Standing } from '../../schemas/review.ts'
import { stepBelow } from '../../schemas/steps.ts'
import type { LiveModels } from '../../streams/inference/ports.ts'
import { KNOWS_NOTHING, type Processor } from '../../streams/processor.ts'
import type { TrialLedger } from '../../streams/training/trials.ts'
import { type Allocate, capital, type Reduce, type Release, type Step } from './capital.ts'
import { drafted, type Halts, inherited, spreadBy } from './halt-spread.ts'

export const capitalStream = (model: string): string => `capital-${model}`

type Parts = Readonly<{
  models: LiveModels
  /** The position of the retirement by which nothing is in force as a model; null where something is, or never was. */
  retiredAt: (model: string) => Position | null
  /** Which trials count for a family, as the gate counts them. */
  trials: TrialLedger
  /** How each model that ever had capital stands with it. */
  standings: () => Readonly<Record<string, Standing>>
  halts: () => Halts
  /** The fraction of what there was that is left after a breach of the rule, by the policy in force. */
  fractionAfter: (rule: CutRule) => number
  /** The ladder of the policy in force; null where it has none. */
  ladder: () => LadderRule | null
}>

export function capitalProcessor({
  models,
  retiredAt,
  trials,
  standings,
  halts,
  fractionAfter,
  ladder,
}: Parts): Processor {
  /** Cuts that were said and have not come back from the log: the next breach finds them made. */
  const cut = new Map<string, Readonly<{ measurement: Position; standing: Standing }>>()
  const current = (): Readonly<Record<string, Standing>> => {
    const cuts = [...cut].map(([model, { standing }]) => [model, standing] as const)
    return cuts.length === 0 ? standings() : { ...standings(), ...Object.fromEntries(cuts) }
  }

  const commandsFor = (event: Recorded): readonly (Allocate | Reduce | Step | Release)[] => {
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
    if (isEvent(LadderBreached, event)) return steps(event)
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

  /** A ladder that was taken away since the alarm has no step. */
  const steps = ({ position: measurement, data }: EventOf<typeof LadderBreached>): readonly Step[] => {
    const rule = ladder()
    if (rule === null) return []
    const { model, eValue } = data
    return [model, ...namesOf(current(), model)].map(
      (name) => ({ kind: 'step', ladder: rule, measurement, eValue, model: name }) as const,
    )
  }

  return {
    name: 'capital',
    version: 1,
    // A cut that was said is over when it has come back from the log.
    ...KNOWS_NOTHING,
    handles: [
      ...[Promoted.type, Retired.type, SharpeWatched.type, LossLimitBreached.type, Reduced.type],
      ...[LadderBreached.type, SteppedDown.type, Halted.type, UnhaltSigned.type],
    ],
    async take(event, say) {
      if (isEvent(Reduced, event) || isEvent(SteppedDown, event)) {
        const { model, measurement } = event.data
        if (cut.get(model)?.measurement === measurement) cut.delete(model)
        return
      }
      if (say === null) return
      for (const spread of spreadBy(event, halts(), (model) => namesOf(current(), model)))
        say({ stream: capitalStream(spread.model), events: [drafted(spread, event)] })
      const context = { now: event.knownAt, actor: 'asof:capital' }
      for (const command of commandsFor(event)) {
        const { model } = command
        const standing = current()[model]
        const decided = capital.decide({ ...command, standing }, null, context)
        if (!decided.ok || decided.value.length === 0) continue
        const spread = command.kind === 'allocate' ? inherited(model, command.kin, halts()) : []
        // What stands still is never seen with capital, not for one position.
        const events = [
          ...spread.map((one) => drafted(one, event)),
          ...decided.value.map((draft) => ({ ...draft, eventTime: event.eventTime })),
        ]
        if ((command.kind === 'reduce' || command.kind === 'step') && standing !== undefined)
          cut.set(model, { measurement: command.measurement, standing: reduced(standing, command) })
        say({ stream: capitalStream(model), events })
      }
    },
  }
}

const reduced = (standing: Standing, command: Reduce | Step): Standing => ({
  ...standing,
  granted:
    command.kind === 'step'
      ? (stepBelow(command.ladder, standing.granted) ?? 0)
      : standing.granted * command.fractionAfter,
  pendingReview: command.measurement,
  cutBy: [...standing.cutBy, command.kind === 'step' ? 'ladder' : ruleOf(command.cause)],
})

/** The other names that the file of a model has, in order. */
function namesOf(standings: Readonly<Record<string, Standing>>, model: string): readonly string[] {
  const artifact = standings[model]?.artifact
  return Object.keys(standings)
    .filter((name) => name !== model && standings[name].artifact === artifact)
    .sort()
}
