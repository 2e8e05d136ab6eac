/** Data sets that a policy names beside the candidate's own, as series: one for each entity, corrections applied. */
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { GivenData } from './evidence.ts'

/** The first column of a data set for one entity, by ascending event time, each as it was known last. */
export type GivenSeries = Readonly<{
  entity: string
  eventTimes: Float64Array
  knownAt: Float64Array
  values: Float64Array
}>

type Cell = Readonly<{ eventTime: Micros; knownAt: Micros; value: number }>

export function seriesOf({ arrivals, asOf }: GivenData): readonly GivenSeries[] {
  const cells = new Map<string, Map<Micros, Cell>>()
  for (const rows of arrivals)
    for (let row = 0; row < rows.length; row++) {
      if (rows.knownAt[row] > asOf) continue
      const entity = rows.entities[rows.entity[row]]
      const own = cells.get(entity) ?? new Map<Micros, Cell>()
      cells.set(entity, own)
      const [eventTime, knownAt] = [rows.eventTime[row], rows.knownAt[row]]
      const before = own.get(eventTime)
      if (before === undefined || knownAt >= before.knownAt)
        own.set(eventTime, { eventTime, knownAt, value: rows.columns[0].values[row] })
    }
  return [...cells.keys()].sort().map((entity) => {
    const own = [...(cells.get(entity)?.values() ?? [])].sort((a, b) => a.eventTime - b.eventTime)
    return {
      entity,
      eventTimes: Float64Array.from(own, (cell) => cell.eventTime),
      knownAt: Float64Array.from(own, (cell) => cell.knownAt),
      values: Float64Array.from(own, (cell) => cell.value),
    }
  })
}

/** A series of returns by the day (UTC, since 1970) of its event. */
export type DailySeries = Readonly<{ name: string; days: Float64Array; returns: Float64Array }>

export const dayOf = (moment: Micros): number => Math.floor(moment / MICROS_PER_DAY)

/** Factor returns: a first column named `return` holds them, any other holds prices from which they are made. */
export function factorReturns(given: GivenData): readonly DailySeries[] {
  const areReturns = given.arrivals[0]?.columns[0]?.name === 'return'
  return seriesOf(given).map(({ entity, eventTimes, values }) => {
    const days = eventTimes.map(dayOf)
    if (areReturns) return { name: entity, days, returns: values }
    return {
      name: entity,
      days: days.subarray(1),
      returns: values.subarray(1).map((price, i) => price / values[i] - 1),
    }
  })
}

/** The places of the days that every series has, in each of them. */
export function commonDays(series: readonly Float64Array[]): readonly (readonly number[])[] {
  const places = series.map((days) => new Map(Array.from(days, (day, place) => [day, place])))
  const shared = [...(series[0] ?? [])].filter((day) => places.every((one) => one.has(day)))
  return places.map((one) => shared.map((day) => one.get(day) ?? 0))
}
