/** The automatic block length on the series of arch's own test. */
import { expect, test } from 'vitest'
import { optimalBlockLength } from '../../streams/statistics/block-length.ts'
import { nearRelative } from '../support/near.ts'
import { numpyNormals } from '../support/numpy-draws.ts'

// arch/tests/bootstrap/test_block_length.py; the digits are those of the function, of which the test prints seven.
test('AR(1) with .3, 10,000 draws of numpy.random.RandomState(0)', () => {
  const series = numpyNormals(0, 10_100)
  // numpy's first draws.
  for (const [i, draw] of [1.764052345967664, 0.4001572083672233, 0.9787379841057392].entries())
    nearRelative(series[i], draw, 1e-15)
  for (let i = 1; i < series.length; i++) series[i] += 0.3 * series[i - 1]
  const found = optimalBlockLength(series.subarray(100))
  nearRelative(found.stationary, 13.635665130318234, 1e-11)
  nearRelative(found.circular, 15.608940081363116, 1e-11)
  expect(found.lags).toBe(6)
})
