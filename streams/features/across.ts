/** Operators across entities at one event time. */
import { areAligned, computeAligned, type Member, type Section } from './aligned.ts'
import type { Series } from './series.ts'
import type { Node, Range, Shape, Work } from './shape.ts'
import { rangesOf, type Spans } from './spans.ts'
import { canonical } from './value.ts'

/**
 * Fills `out` for the entities of one event time. Each input has one value per entity, in the order of their names;
 * entities with a missing input are not among them.
 */
export type CrossSection = (
  inputs: readonly Float64Array[],
  out: Float64Array,
  numbers: readonly number[],
) => void

/** An operator across entities. What it gives is made canonical. */
export const acrossEntities = (section: CrossSection): Shape => ({
  crosses: true,
  lookback: () => 0,
  span: () => 0,
  constant: null,
  alone: null,
  spread: (changed, node, panel) => atSameTimes(changed, panel.of(node.source)),
  shifted: (inserted) => inserted,
  need: (node, work) => {
    const times = timesMissing(node, work)
    if (times.from > times.to) return
    for (const series of work.panel.of(node.source)) {
      const range = { from: series.lowerBound(times.from), to: series.lowerBound(times.to + 1) }
      if (range.from === range.to) continue
      work.plan(series, node.slot, range)
      for (const input of node.inputs) work.want(series, input, range)
    }
  },
  compute: (node, work) => {
    const members = membersOf(node, work)
    const of: Section = (inputs, out) => section(inputs, out, node.numbers)
    if (areAligned(members)) computeAligned(members, of)
    else
      for (
        const going = members.map((one) => ({ ...one, row: one.range.from }));
        computeNextTime(going, of);
      );
    for (const { series, range } of members) series.hold(node.slot, range)
  },
})

/** The first and last event time with a missing value; whole microseconds, so `to + 1` is just after. */
function timesMissing(node: Node, work: Work): Range {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const series of work.panel.of(node.source)) {
    const range = work.missing(series, node.slot)
    if (range === null) continue
    from = Math.min(from, series.time[range.from])
    to = Math.max(to, series.time[range.to - 1])
  }
  return { from, to }
}

type Going = Member & { row: number }

const membersOf = (node: Node, work: Work): readonly Member[] =>
  work.panel.of(node.source).flatMap((series) => {
    const range = work.planned(series, node.slot)
    if (range === null) return []
    const inputs = node.inputs.map((slot) => series.values[slot])
    return [{ series, range, inputs, out: series.room(node.slot) }]
  })

/** Computes the earliest event time that is left, and says whether there was one. */
function computeNextTime(members: readonly Going[], section: Section): boolean {
  let time = Number.POSITIVE_INFINITY
  for (const { series, range, row } of members) {
    if (row < range.to && series.time[row] < time) time = series.time[row]
  }
  if (time === Number.POSITIVE_INFINITY) return false
  const present: Going[] = []
  for (const member of members) {
    if (member.row >= member.range.to || member.series.time[member.row] !== time) continue
    member.out[member.row] = Number.NaN
    if (isPresent(member)) present.push(member)
    member.row++
  }
  if (present.length > 0) computeSection(present, section)
  return true
}

function isPresent({ inputs, row }: Going): boolean {
  for (const input of inputs) if (Number.isNaN(input[row])) return false
  return true
}

function computeSection(present: readonly Going[], section: Section): void {
  const inputs = present[0].inputs.map((_, place) => {
    const input = new Float64Array(present.length)
    for (let i = 0; i < input.length; i++) input[i] = present[i].inputs[place][present[i].row - 1]
    return input
  })
  const out = new Float64Array(present.length)
  section(inputs, out)
  for (let i = 0; i < out.length; i++) present[i].out[present[i].row - 1] = canonical(out[i])
}

/** The rows of all entities at the event times of these rows. */
function atSameTimes(changed: Spans, all: readonly Series[]): Spans {
  const times = new Set<number>()
  for (const [series, ranges] of changed) {
    for (let i = 0; i < ranges.length; i += 2) {
      for (let row = ranges[i]; row < ranges[i + 1]; row++) times.add(series.time[row])
    }
  }
  if (times.size === 0) return changed
  const sorted = Float64Array.from(times).sort()
  const out = new Map<Series, readonly number[]>()
  for (const series of all) {
    const ranges = rangesOf(rowsAt(series, sorted))
    if (ranges.length > 0) out.set(series, ranges)
  }
  return out
}

function* rowsAt(series: Series, times: Float64Array): Iterable<number> {
  let row = series.lowerBound(times[0])
  for (const time of times) {
    while (row < series.length && series.time[row] < time) row++
    if (row < series.length && series.time[row] === time) yield row++
  }
}

/**
 * The same within each group by itself: entities whose last input is equal are a group, and one without a group is in none.
 * Entities keep their order in it.
 */
export const withinGroups =
  (section: CrossSection): CrossSection =>
  (inputs, out, numbers) => {
    const members = new Map<number, number[]>()
    for (const [place, group] of (inputs.at(-1) ?? []).entries()) {
      const own = members.get(group)
      if (own === undefined) members.set(group, [place])
      else own.push(place)
    }
    for (const places of members.values()) {
      const own = new Float64Array(places.length)
      const rest = inputs.slice(0, -1).map((input) => Float64Array.from(places, (place) => input[place]))
      section(rest, own, numbers)
      for (const [i, place] of places.entries()) out[place] = own[i]
    }
  }
