/** What a team may spend on training in a month, and whether it has. */
import { monthOf, type Spending } from '../../projections/experiment/spending.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { TrainingConfig } from './config.ts'

type Budgets = Pick<TrainingConfig, 'budgets'>

/** Whose budget somebody spends; null where he is in none. */
export const teamOf = ({ budgets }: Budgets, subject: string): string | null =>
  Object.entries(budgets).find(([, { members }]) => members.includes(subject))?.[0] ?? null

/** Before anything is begun; what is under way counts once it ends. @throws Refusal `trainer.over-budget` */
export function assertWithinBudget(
  config: Budgets,
  { teams, subject, at }: Spending & Readonly<{ subject: string; at: Micros }>,
): void {
  const team = teamOf(config, subject)
  if (team === null) return
  const month = monthOf(at)
  const { dollars, gpuHours } = config.budgets[team]
  const spent = Object.hasOwn(teams, team) ? teams[team][month] : undefined
  const over = (told: string, budget: string) =>
    refuse('trainer.over-budget', { team, spent: told, budget, month })
  if (dollars !== undefined && (spent?.dollars ?? 0) >= dollars)
    throw over(`$${(spent?.dollars ?? 0).toFixed(2)}`, `$${dollars.toFixed(2)}`)
  if (gpuHours !== undefined && (spent?.gpuHours ?? 0) >= gpuHours)
    throw over(`${(spent?.gpuHours ?? 0).toFixed(2)} GPU hours`, `${gpuHours.toFixed(2)}`)
}
