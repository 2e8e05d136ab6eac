/** Long work as the log has it: what was asked for there, and whether the answer stands in it. */
import type { ExperimentsState } from '../../projections/experiment/experiments.ts'
import type { RegistryState } from '../../projections/model/registry.ts'
import type { Position } from '../../schemas/envelope.ts'
import { ValidationRequested } from '../../schemas/events/model.ts'
import { causeOf, reactionId } from '../../schemas/reaction.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { eventAt } from './recorded.ts'
import type { WorkState } from './works.ts'

type Views = Readonly<{ experiments: ExperimentsState; registry: RegistryState }>

export type LoggedWork = Readonly<{ position: Position; command: string; about: string; state: WorkState }>

const RUN_STATES = { running: 'requested', finished: 'finished', failed: 'failed' } as const

/** Everything long that was asked for and recorded, as far as the views tell. */
function loggedWork({ experiments, registry }: Views): readonly LoggedWork[] {
  const frozen = Object.values(experiments.trainingSets).map(({ spec, requested, frozen }) => ({
    position: requested,
    command: 'experiment.freeze',
    about: spec.trainingSet,
    state: frozen === null ? ('requested' as const) : ('finished' as const),
  }))
  const runs = Object.entries(experiments.runs).map(([run, { started, status }]) => ({
    position: started,
    command: 'experiment.start',
    about: run,
    state: RUN_STATES[status],
  }))
  const asked = Object.entries(registry.models).flatMap(([model, view]) =>
    Object.keys(view.asked).map((answer) => ({
      position: causeOf(answer),
      command: 'model.validate',
      about: model,
      state: 'requested' as const,
    })),
  )
  return [...frozen, ...runs, ...asked].sort((a, b) => a.position - b.position)
}

/** What was asked for and is not answered yet. */
export const openWork = (views: Views): readonly LoggedWork[] =>
  loggedWork(views).filter(({ state }) => state === 'requested')

/** The work that was asked for at a position; null where none was. */
export async function workAt(views: Views, log: LogReader, position: Position): Promise<LoggedWork | null> {
  const found = loggedWork(views).find((one) => one.position === position)
  if (found !== undefined) return found
  const event = await eventAt(log, position)
  if (event === null || !ValidationRequested.is(event)) return null
  const { model } = event.data
  const isOpen = views.registry.models[model]?.asked[reactionId('gate', position, 0)] !== undefined
  return { position, command: 'model.validate', about: model, state: isOpen ? 'requested' : 'finished' }
}
