/** What training cost: by run, by pool and by team, and what it would have cost on demand. */
import type { DataOf } from '../../schemas/event.ts'
import { WorkMetered } from '../../schemas/events/trainer.ts'
import { defineProjection, on } from '../projection.ts'

export type Work = DataOf<typeof WorkMetered>

export type Costs = {
  /** By the position at which it was told. */
  work: Record<string, Work>
}

export const costs = defineProjection<Costs>({
  name: 'costs',
  version: 1,
  parts: ['work.*'],
  initial: () => ({ work: {} }),
  handlers: [
    on(WorkMetered, (state, { data, position }) => {
      state.work[String(position)] = data
    }),
  ],
})

const HOUR_SECONDS = 3_600
const MICROS = 1e6

const sum = (all: readonly Work[], of: (one: Work) => number): number =>
  all.reduce((total, one) => total + of(one), 0)

/** Dollars for the hours in which jobs ran, those that were lost too. */
export const dollarsOf = (all: readonly Work[]): number =>
  sum(all, ({ seconds, dollarsPerHour }) => (seconds / HOUR_SECONDS) * dollarsPerHour)

export const gpuHoursOf = (all: readonly Work[]): number =>
  sum(all, ({ seconds, gpus }) => (seconds / HOUR_SECONDS) * gpus)

export type Account = Readonly<{
  family: string
  pool: string
  jobs: number
  tries: number
  hours: number
  lostHours: number
  gpuHours: number
  dollars: number
  /** The same hours, without those that were lost, on machines by the hour. */
  onDemandDollars: number
  /** As many machines as the pool ran at a time, by the hour, kept from when the first job began until the last one ended. */
  aroundTheClockDollars: number
}>

/** An account for each family of runs and pool, in the order of their names. */
export function accountsOf({ work }: Costs): readonly Account[] {
  const groups = Map.groupBy(Object.values(work), ({ family, pool }) => JSON.stringify([family, pool]))
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, all]) => accountOf(all))
}

function accountOf(all: readonly Work[]): Account {
  const [{ family, pool }] = all
  const hours = sum(all, ({ seconds }) => seconds) / HOUR_SECONDS
  const lostHours = sum(all, ({ lostSeconds }) => lostSeconds) / HOUR_SECONDS
  const from = Math.min(...all.map((one) => one.from))
  const to = Math.max(...all.map((one) => one.to))
  const machines = Math.max(
    ...all.map(({ atOnce, onDemandDollarsPerHour }) => atOnce * onDemandDollarsPerHour),
  )
  return {
    ...{ family, pool, hours, lostHours },
    jobs: sum(all, ({ jobs }) => jobs),
    tries: sum(all, ({ tries }) => tries),
    gpuHours: gpuHoursOf(all),
    dollars: dollarsOf(all),
    onDemandDollars: sum(
      all,
      ({ seconds, lostSeconds, onDemandDollarsPerHour }) =>
        ((seconds - lostSeconds) / HOUR_SECONDS) * onDemandDollarsPerHour,
    ),
    aroundTheClockDollars: ((to - from) / MICROS / HOUR_SECONDS) * machines,
  }
}
