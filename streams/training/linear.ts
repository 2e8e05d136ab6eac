/** The trainers that are built in: each a linear model from sums about the means. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { LinearModel } from '../inference/linear-file.ts'
import type { Centred } from './centred.ts'
import { solveElasticNet } from './elastic-net.ts'
import { solveRidge } from './ridge.ts'

export type Solver = (sums: Centred) => LinearModel

/** As its parameters have it: `alpha` is 1, and `l1_ratio` 0.5, unless they say otherwise. */
export function solverOf({ trainer, params }: Pick<RunSpec, 'trainer' | 'params'>): Solver {
  const told = (name: string, otherwise: number) =>
    params.find((one) => one.name === name)?.value ?? otherwise
  const alpha = told('alpha', 1)
  if (trainer !== 'elastic-net') return (sums) => solveRidge(sums, alpha)
  const penalty = { alpha, l1Ratio: told('l1_ratio', 0.5) }
  return (sums) => solveElasticNet(sums, penalty)
}
