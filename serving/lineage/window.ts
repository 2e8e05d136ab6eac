/** The rows that a cell's window spans: counted back from its own row, in the arrivals that had come. */
import { RowsArrived } from '../../schemas/events/data.ts'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { wordsOf } from '../../streams/features/formula/words.ts'
import type { Panel } from '../../streams/features/panel.ts'
import { compileProgram, type Program } from '../../streams/features/program.ts'
import type { Series } from '../../streams/features/series.ts'
import type { Ground } from './ground.ts'
import type { Told } from './rows.ts'
import type { Bundle } from './tree.ts'

/** Each entity's rows: event times descending, with the arrivals that told them and when they were first known. */
type Histories = Map<string, Map<Micros, { known: Micros; positions: Set<number> }>>

type Cell = Readonly<{ spec: FeatureSetSpec; feature: string; entity: string; told: Told }>

/**
 * What a value was computed from. Exact where every operator reads its window whole; an upper bound where one reads single rows of it
 * (`delay`), where a cross-section lies within a window or a window is of time, and where rows came out of order. Of data sets that are
 * joined it says nothing.
 */
export async function windowOf(ground: Ground, { spec, feature, entity, told }: Cell): Promise<Bundle> {
  const formula = spec.features.find(({ name }) => name === feature)?.formula ?? ''
  const joins = new Map(spec.joins.map(({ name }) => [name, wordsOf()]))
  const program = compileProgram([parseFormula(formula, wordsOf(undefined, { joins }))], spec.joins)
  const rows = program.lookbackRows + 1
  const key = `${RowsArrived.type} ${spec.dataset}`
  const { eventTo = [] } = ground.places.series(key)
  const cause = ground.places.series(told.place.key).cause[told.place.index]
  const order = Array.from({ length: ground.places.countBefore(key, cause + 1) }, (_, index) => index).sort(
    (a, b) => eventTo[b] - eventTo[a],
  )
  const histories: Histories = new Map()
  let start = Number.NEGATIVE_INFINITY
  for (const index of order) {
    if (eventTo[index] < start) break
    await gather(ground, histories, {
      position: ground.places.positionOf({ key, index }),
      told,
      lag: spec.lagMicros,
    })
    start = startOf(histories, { at: told.eventTime, entity, program, rows })
  }
  return bundled(histories, {
    start,
    entity: program.crosses ? null : entity,
    isWhole: readsWhole(program),
    spec,
  })
}

async function gather(
  ground: Ground,
  histories: Histories,
  { position, told, lag }: Readonly<{ position: number; told: Told; lag: Micros }>,
): Promise<void> {
  for (const { rows } of await ground.tables(position))
    for (let row = 0; row < rows.length; row++) {
      const [time, known] = [rows.eventTime[row], rows.knownAt[row]]
      if (time > told.eventTime || known + lag > told.knownAt) continue
      const name = rows.entities[rows.entity[row]]
      const history = histories.get(name) ?? new Map()
      histories.set(name, history)
      const before = history.get(time)
      if (before === undefined) history.set(time, { known, positions: new Set([position]) })
      else {
        before.known = Math.min(before.known, known)
        before.positions.add(position)
      }
    }
}

/** The first event time that the value can depend on; -Infinity while too few rows are at hand. */
function startOf(
  histories: Histories,
  { at, entity, program, rows }: Readonly<{ at: Micros; entity: string; program: Program; rows: number }>,
): Micros {
  const names = program.crosses ? [...histories.keys()] : [entity]
  let from = at
  for (let step = 0; step <= program.crossesWithin; step++) {
    let least = from
    for (const name of names) {
      const history = histories.get(name)
      // A name without a row at the time itself is in no cross-section of it.
      if (history === undefined || (step === 0 && !history.has(at))) continue
      const times = inOrder(history).filter((time) => time <= from)
      if (times.length < rows) return Number.NEGATIVE_INFINITY
      const start = times.find((time) => time <= times[rows - 1] - program.lookbackMicros)
      if (start === undefined) return Number.NEGATIVE_INFINITY
      least = Math.min(least, start)
    }
    from = least
  }
  return from
}

/** Event times from the latest, without rows that came after a later one was known: a window may have reached past them. */
function inOrder(history: ReadonlyMap<Micros, { known: Micros }>): readonly Micros[] {
  let earliest = Number.POSITIVE_INFINITY
  const kept: Micros[] = []
  for (const [time, { known }] of [...history].sort(([a], [b]) => b - a)) {
    if (known <= earliest) kept.push(time)
    earliest = Math.min(earliest, known)
  }
  return kept
}

/** Whether each operator reads every row of its window. */
function readsWhole({ nodes, crossesWithin, lookbackMicros, sources }: Program): boolean {
  const alone = { runOf: () => ({ from: 0, to: Number.MAX_SAFE_INTEGER }) } as unknown as Series
  return (
    crossesWithin === 0 &&
    lookbackMicros === 0 &&
    sources === 1 &&
    nodes.every((node) => {
      const { shape, numbers } = node
      const last = shape.lookback(numbers)
      if (shape.crosses || last === 0) return true
      const held = shape.spread(new Map([[alone, [0, 1]]]), node, null as unknown as Panel).get(alone) ?? []
      return held.length === 2 && held[0] === 0 && held[1] === last + 1
    })
  )
}

function bundled(
  histories: Histories,
  of: Readonly<{ start: Micros; entity: string | null; isWhole: boolean; spec: FeatureSetSpec }>,
): Bundle {
  const positions = new Set<number>()
  const names: string[] = []
  let [count, late] = [0, false]
  for (const [name, history] of histories) {
    if (of.entity !== null && name !== of.entity) continue
    const within = [...history].filter(([time]) => time >= of.start)
    if (within.length === 0) continue
    names.push(name)
    count += within.length
    late ||= inOrder(history).length < history.size
    for (const [, row] of within) for (const position of row.positions) positions.add(position)
  }
  return {
    edge: 'read',
    exact: of.isWhole && !late,
    noun: `row of ${of.spec.dataset}`,
    names: names.sort(),
    count,
    positions: [...positions].sort((a, b) => a - b).map((position) => [position, position] as const),
    branches: [],
  }
}
