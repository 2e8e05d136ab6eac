/** `npm run skill [families]`: of strategies whose skill is known, how many each test lets pass, and the default policy. */
import { LAW, type Scenario, SKILLED, WORTHLESS } from '../support/skill.ts'
import { BY_FAMILY, BY_OVERLAP, FORMS, type Form, passes, shopping } from '../support/skill-gate.ts'
import { printTable } from './report.ts'

const SEED = 1
const FAMILIES = Number(process.argv[2] ?? 100)

const shares = (found: Readonly<Record<Form, number>>, count: number) =>
  Object.fromEntries(
    Object.entries(found).map(([form, passed]) => [form, `${((100 * passed) / count).toFixed(0)}%`]),
  )

console.log(LAW)
console.log(`${FAMILIES} families each, seed ${SEED}. The tests of the default gate that returns alone can answer:
${FORMS['default gate'].map(({ test, threshold }) => `${test} ${threshold}`).join(', ')}.`)
for (const years of [5, 10]) {
  const options = { years, seed: SEED, count: FAMILIES }
  const row = (scenario: Scenario) => ({
    family: scenario.name,
    ...shares(passes(scenario, options), FAMILIES),
  })
  printTable(`size: passed without skill, ${years} years`, WORTHLESS.map(row))
  printTable(`power: passed with skill, ${years} years`, SKILLED.map(row))
  printTable(`the best of 200 worthless, one day shorter, in a new family of two, ${years} years`, [
    { 'trials that count': 'its family', ...shares(shopping(BY_FAMILY, options), FAMILIES) },
    { 'trials that count': 'all over the same days', ...shares(shopping(BY_OVERLAP, options), FAMILIES) },
  ])
}
