/** What each team has spent on training, by month: for whoever asks before more is begun. */
import { WorkMetered } from '../../schemas/events/trainer.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'
import { dollarsOf, gpuHoursOf } from './costs.ts'

export type Spent = { dollars: number; gpuHours: number }

export type Spending = {
  /** By team and month. */
  teams: Record<string, Record<string, Spent>>
}

/** A month of UTC, `2026-11`. */
export const monthOf = (at: Micros): string => formatMoment(at).slice(0, 7)

/** Work belongs to the month in which it ended. */
export const spending = defineProjection<Spending>({
  name: 'spending',
  version: 1,
  initial: () => ({ teams: {} }),
  handlers: [
    on(WorkMetered, ({ teams }, { data }) => {
      if (data.team === null) return
      teams[data.team] ??= {}
      const months = teams[data.team]
      const month = monthOf(data.to)
      const { dollars, gpuHours } = months[month] ?? { dollars: 0, gpuHours: 0 }
      months[month] = { dollars: dollars + dollarsOf([data]), gpuHours: gpuHours + gpuHoursOf([data]) }
    }),
  ],
})
