/** Capacity reads the volume of the data: a market that trades a hundredth bears a hundredth of the capital. */
import { expect, test } from 'vitest'
import { analyse } from '../../commands/gate/analysis.ts'
import type { Rows } from '../../schemas/rows.ts'
import { VALUE } from '../../streams/training/sample.ts'
import { evidenceOn, policyOf, runSpec, trainingSet } from '../support/gate.ts'
import { nearRelative } from '../support/near.ts'

const SHAPE = { names: 12, days: 900, features: 1, seed: 3, skill: 0.2 }
const ADV = 1e9

function capacityWith(value: (name: number) => number) {
  const rows = trainingSet(SHAPE)
  const columns = rows.columns.map((column) =>
    column.name === VALUE ? { name: VALUE, values: Float64Array.from(rows.entity, value) } : column,
  )
  const made: Rows = { ...rows, columns }
  const policy = policyOf([{ test: 'net-sharpe', comparison: 'at-least', threshold: 0.5 }])
  const { evidence } = evidenceOn(made, [runSpec('r', ['x0'])], { policy })
  const { capacity } = analyse(evidence).sections
  if (capacity.kind !== 'measured') throw new Error('no capacity')
  return capacity.value
}

test('no volume leaves what is assumed; the same volume changes nothing; a hundredth is a hundredth', () => {
  const assumed = capacityWith(() => Number.NaN)
  expect(assumed.namesWithVolume).toBe(0)
  const same = capacityWith(() => ADV)
  expect(same.namesWithVolume).toBe(SHAPE.names)
  nearRelative(same.atHalfSharpe ?? 0, assumed.atHalfSharpe ?? 1, 1e-9)
  const thin = capacityWith(() => ADV / 100)
  // The square-root law depends on capital over volume alone.
  nearRelative(thin.atHalfSharpe ?? 0, (assumed.atHalfSharpe ?? 1) / 100, 1e-6)
  nearRelative(thin.curve[0].maxParticipation ?? 0, 100 * (assumed.curve[0].maxParticipation ?? 0), 1e-9)
})

test('one thin name lowers what all bear', () => {
  const one = capacityWith((name) => (name === 0 ? ADV / 10_000 : ADV))
  const all = capacityWith(() => ADV)
  expect(one.atHalfSharpe ?? 0).toBeLessThan(all.atHalfSharpe ?? 0)
})
