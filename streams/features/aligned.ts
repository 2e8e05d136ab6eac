/** Cross-sections of entities that have rows at the same event times: a block of times after the other, so that each history is read in runs. */
import type { Series } from './series.ts'
import type { Range } from './shape.ts'
import { canonical } from './value.ts'

/** Rows of an entity, with the values that a cross-section reads and fills. */
export type Member = Readonly<{
  series: Series
  range: Range
  inputs: readonly Float64Array[]
  out: Float64Array
}>

export type Section = (inputs: readonly Float64Array[], out: Float64Array) => void

/** Event times in a block: as many values as a line of the processor's cache has, twice. */
const TIMES = 16

/** Whether all have rows at the same event times. */
export function areAligned(members: readonly Member[]): boolean {
  if (members.length === 0) return true
  const [{ series: first, range: own }] = members
  const rows = own.to - own.from
  for (const { series, range } of members) {
    if (range.to - range.from !== rows) return false
    for (let row = 0; row < rows; row++)
      if (series.time[range.from + row] !== first.time[own.from + row]) return false
  }
  return true
}

/** Fills the rows of aligned members, each event time by itself. */
export function computeAligned(members: readonly Member[], section: Section): void {
  if (members.length === 0) return
  const [{ range, inputs }] = members
  const size = members.length
  const times = Math.min(TIMES, range.to - range.from)
  const read = inputs.map(() => new Float64Array(times * size))
  const filled = new Float64Array(times * size)
  for (let from = 0; from < range.to - range.from; from += times) {
    const count = Math.min(times, range.to - range.from - from)
    for (const [place, block] of read.entries())
      for (let m = 0; m < size; m++) {
        const source = members[m].inputs[place]
        const first = members[m].range.from + from
        for (let at = 0; at < count; at++) block[at * size + m] = source[first + at]
      }
    for (let at = 0; at < count; at++) {
      const own = read.map((block) => block.subarray(at * size, (at + 1) * size))
      computeTime(own, filled.subarray(at * size, (at + 1) * size), section)
    }
    for (let m = 0; m < size; m++) {
      const { out } = members[m]
      const first = members[m].range.from + from
      for (let at = 0; at < count; at++) out[first + at] = filled[at * size + m]
    }
  }
}

/** One event time: members with a missing input are left out, and stay missing. */
function computeTime(inputs: readonly Float64Array[], out: Float64Array, section: Section): void {
  const present = presentIn(inputs, out.length)
  if (present.length === out.length) section(inputs, out)
  else {
    const values = new Float64Array(present.length)
    const read = inputs.map((input) => Float64Array.from(present, (place) => input[place]))
    if (present.length > 0) section(read, values)
    out.fill(Number.NaN)
    for (let at = 0; at < present.length; at++) out[present[at]] = values[at]
  }
  for (let place = 0; place < out.length; place++) out[place] = canonical(out[place])
}

function presentIn(inputs: readonly Float64Array[], size: number): Uint32Array {
  const present = new Uint32Array(size)
  let length = 0
  for (let place = 0; place < size; place++) {
    let isMissing = false
    for (const input of inputs) isMissing ||= Number.isNaN(input[place])
    if (!isMissing) present[length++] = place
  }
  return present.subarray(0, length)
}
