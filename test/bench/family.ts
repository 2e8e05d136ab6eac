/** The bench of a family's statistics: as its trials grow, and what one trial more costs. */
import { Comparison } from '../../commands/gate/compared.ts'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { correlationMatrix } from '../../streams/statistics/correlations.ts'
import { symmetricEigenvalues } from '../../streams/statistics/linear.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { daysAt } from '../support/sessions.ts'

const DAYS = 1250
/** Of each idea 20 trials, with a correlation of .5. */
const ALIKE = 20

/** Clusters, effective trials, ratios and discovery rates; beside it the spectrum that is not worked out any more. */
export function benchFamily() {
  return [400, 800, 1600].map((trials) => {
    const all = familyOfTrials(trials + 1)
    const candidate = all[0].days
    const comparison = new Comparison(candidate?.sessions ?? new Float64Array())
    const returns = all.slice(0, trials).flatMap(({ days }) => days?.net ?? [])
    return {
      trials,
      allAtOnceSeconds: seconds(() => familyOf(all.slice(0, trials), candidate, comparison)),
      oneMoreSeconds: seconds(() => familyOf(all, candidate, comparison)),
      eigenvaluesSeconds: seconds(() => symmetricEigenvalues(correlationMatrix(returns))),
    }
  })
}

function familyOfTrials(trials: number): readonly TrialEvidence[] {
  const ideas = Array.from({ length: trials / ALIKE }, (_, idea) => normals(xoshiro128(1e6 + idea), DAYS))
  const moments = Float64Array.from({ length: DAYS }, (_, day) => day * MICROS_PER_DAY)
  return Array.from({ length: trials }, (_, k) => {
    const [idea, own] = [ideas[k % ideas.length], normals(xoshiro128(k + 1), DAYS)]
    const net = idea.map((value, day) => 0.007 * (value + own[day]))
    const days = daysAt(moments, { net })
    return { run: `trial-${k}`, family: 'made', status: 'finished', started: k + 1, days }
  })
}

function seconds(work: () => unknown): number {
  const begun = performance.now()
  work()
  return (performance.now() - begun) / 1000
}
