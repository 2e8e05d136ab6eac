/** The models in force as they are served: each loaded from the file that was approved, and run once before it is called ready. */

import { retiredBy } from '../../projections/model/registry.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { loadPredictor } from '../../streams/inference/onnx.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import { eventAt } from '../commands/recorded.ts'
import type { Platform } from '../platform.ts'
import { MOST_VALUES } from './limits.ts'
import { isSlow, MEASURED_ROWS, MOST_MICROS_HERE, measured } from './measured.ts'
import type { Model } from './port.ts'
import { inThreads } from './thread.ts'
import { together } from './together.ts'

export interface Models {
  /** Those in force, in the order in which they came. */
  inForce(): readonly LiveModel[]
  /**
   * @param version empty for the one in force
   * @throws Refusal `model.not-in-force`, `model.retired`, `model.withdrawn`, `model.version-unknown`, and why it cannot be loaded
   */
  find(name: string, version?: string): Promise<Model>
  /** Those in force that were asked for and are ready: nothing is loaded for whoever only looks. */
  ready(): readonly Model[]
}

type Source = Pick<Platform, 'models' | 'folds' | 'chunks' | 'log'> & Readonly<{ position: () => Position }>
type Way = Pick<Model, 'predict' | 'cost'>

/**
 * @param source.position how far the live lane is: what is in force changes with what it takes in, and with nothing else
 * @param mostMicrosHere a row that takes longer is run in a thread
 */
export function servedModels(source: Source, mostMicrosHere = MOST_MICROS_HERE): Models {
  const ways = new Map<string, Promise<Way>>()
  const models = new Map<string, Promise<Model>>()
  const ready = new Map<string, Model>()
  let live: ReadonlyMap<string, LiveModel> = new Map()
  let readAt = -1

  const inForce = (): ReadonlyMap<string, LiveModel> => {
    const position = source.position()
    if (position === readAt) return live
    live = new Map(source.models.all().map((one) => [one.model, one]))
    readAt = position
    // Of what is withdrawn nothing is held: its threads end when nobody has asked them for a while.
    const all = [...live.values()]
    keepOnly(models, new Set(all.map(keyOf)))
    keepOnly(ready, new Set(all.map(keyOf)))
    keepOnly(ways, new Set(all.map(({ artifact }) => artifact)))
    return live
  }

  const load = async (one: LiveModel): Promise<Model> => {
    const way = await once(ways, one.artifact, () => wayOf(one))
    const columns = one.run.features.length
    const model: Model = {
      live: one,
      version: String(one.promotion),
      approvals: source.folds.registry.state().models[one.model]?.live?.approvals ?? [],
      capital: () => capitalOf(one),
      inputs: [{ name: 'features', datatype: 'FP64', shape: [-1, columns] }],
      outputs: [{ name: 'score', datatype: 'FP64', shape: [-1, 1] }],
      ...way,
    }
    ready.set(keyOf(one), model)
    return model
  }

  const capitalOf = ({ model, service }: LiveModel): number | null =>
    service === 'durable' ? (source.folds.capital.state().models[model]?.fraction ?? 0) : null

  /**
   * How a file is run: here, or in threads of its own where it takes long; alone, or with what else is asked in the same turn where
   * that is faster and gives the same bits.
   */
  const wayOf = async ({ model, artifact, run }: LiveModel): Promise<Way> => {
    const file = await source.chunks.get(artifact)
    const predictor = await loadPredictor(file).catch((error: unknown) => {
      if (!(error instanceof Refusal) || error.fault.code !== 'model.unreadable') throw error
      const { problem } = error.fault.detail
      throw refuse('inference.model-refused', { model, artifact, problem })
    })
    const columns = run.features.length
    const here = (features: Float64Array) => predictor.predict(features, columns)
    // The first run is slower than those after it, and one that the file does not allow is found out here.
    await here(new Float64Array(columns))
    const isInThreads = await isSlow(here, columns, mostMicrosHere)
    const alone = isInThreads ? inThreads(file, columns) : here
    const { isRowwise, rowMicros, batchedMicros } = await measured(alone, columns)
    const isTogether = isRowwise && batchedMicros * 2 < rowMicros
    const predict = isTogether ? together(alone, columns, mostTogether(columns)) : alone
    return { predict, cost: { rowMicros, isInThreads, isTogether } }
  }

  return {
    inForce: () => [...inForce().values()],
    ready() {
      inForce()
      return [...ready].flatMap(([key, model]) => (models.has(key) ? [model] : []))
    },
    async find(name, version = '') {
      const one = inForce().get(name)
      if (one === undefined) {
        const known = [...live.keys()].join(', ') || 'none'
        throw notInForce(name, known)
      }
      if (version !== '' && version !== String(one.promotion)) throw await otherVersion(one, version)
      return once(models, keyOf(one), () => load(one))
    },
  }

  /** One that was is told apart from one that never was. */
  function notInForce(model: string, models: string): Refusal {
    const { models: registered } = source.folds.registry.state()
    const view = Object.hasOwn(registered, model) ? registered[model] : undefined
    const retired = view === undefined ? null : retiredBy(view)
    if (retired === null) return refuse('model.not-in-force', { model, models })
    const { member, position, reason } = retired
    return refuse('model.retired', { model, member, position, reason, models })
  }

  async function otherVersion({ model, promotion }: LiveModel, version: string) {
    const event = /^[1-9]\d{0,14}$/.test(version) ? await eventAt(source.log, Number(version)) : null
    const wasInForce = event !== null && isEvent(Promoted, event) && event.data.model === model
    const told = { model, version, inForce: promotion }
    return refuse(wasInForce ? 'model.withdrawn' : 'model.version-unknown', told)
  }
}

/** Values of a run that is shared: of no more rows than it was tried with, as kernels change their ways with more. */
const mostTogether = (columns: number): number => Math.min(MOST_VALUES, MEASURED_ROWS * columns)

const keyOf = ({ model, promotion }: LiveModel): string => `${promotion} ${model}`

function keepOnly<T>(kept: Map<string, T>, keys: ReadonlySet<string>): void {
  for (const key of kept.keys()) if (!keys.has(key)) kept.delete(key)
}

/** What is made once for all who ask; what failed is tried anew by the next. */
function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const there = made.get(key)
  if (there !== undefined) return there
  const making = make()
  made.set(key, making)
  making.catch(() => made.delete(key))
  return making
}
