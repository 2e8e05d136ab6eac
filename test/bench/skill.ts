/** `npm run skill`: of strategies whose skill is known, how many the gate lets pass, beside a plain ratio and a PSR alone. */
import { LAW, type SkillRow, skillRows } from '../support/skill.ts'
import { printTable } from './report.ts'

const SEED = 1
const MORE_SEEDS = [1, 2, 3, 4, 5]

const HEADS: Readonly<Record<keyof SkillRow, string>> = {
  trueSharpe: 'true Sharpe',
  strategies: 'strategies',
  sharpeAbove1: 'Sharpe > 1',
  psrAlone: 'PSR >= .95',
  dsrOf11: 'DSR >= .95, of 11',
  gateOf11: 'gate, of 11',
  dsrOf220: 'DSR >= .95, of 220',
  gateOf220: 'gate, of 220',
}
const COLUMNS = Object.keys(HEADS) as (keyof SkillRow)[]

const headed = (row: SkillRow, text: (value: number, column: keyof SkillRow) => string) =>
  Object.fromEntries(COLUMNS.map((column) => [HEADS[column], text(row[column], column)]))

/** Shares in percent over several draws; the true ratio and the number stay. */
function shares(draws: readonly (readonly SkillRow[])[]) {
  return draws[0].map((first, group) =>
    headed(first, (value, column) => {
      if (column === 'trueSharpe') return String(value)
      const sum = draws.reduce((total, rows) => total + rows[group][column], 0)
      return column === 'strategies'
        ? String(sum)
        : `${((100 * sum) / draws.length / first.strategies).toFixed(1)}%`
    }),
  )
}

console.log(LAW)
for (const years of [5, 10]) {
  const draws = MORE_SEEDS.map((seed) => skillRows(years, seed))
  printTable(
    `passed, ${years} years, seed ${SEED}`,
    draws[0].map((row) => headed(row, String)),
  )
  printTable(`passed, ${years} years, seeds ${MORE_SEEDS.join(', ')}`, shares(draws))
}
