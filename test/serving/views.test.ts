/** Views as they are asked for: of any length, and with a digest of what is answered. */
import { expect, test } from 'vitest'
import { openProjectionStore } from '../../projections/store.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { table } from '../../serving/cli/table.ts'
import { answer, latestKnown } from '../../serving/views.ts'
import { judgedPlatform } from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'

test('each moment has its own digest, and one moment has one', async () => {
  const { log, chunks, confirmed } = await judgedPlatform()
  const archive = { log, chunks, confirmed, states: openProjectionStore(':memory:') }
  const [early, late, again] = await Promise.all(
    [closeOf(100), closeOf(200), closeOf(200)].map((knownAt) => answer(archive, 'features', { knownAt })),
  )
  expect(early.digest).not.toBe(late.digest)
  expect(again).toEqual(late)
  expect(late.digest).toBe(digestOf(late.state))
})

test('as many computations as a call has no arguments for, and a table of as many lines', () => {
  const many = Array.from({ length: 150_000 }, (_, k) => ({ knownTo: k }))
  expect(latestKnown(many)).toBe(149_999)
  expect(latestKnown([])).toBe(0)
  const lines = many.map(() => ['12'])
  expect(table(['n'], lines)).toHaveLength(3 * (lines.length + 1) - 2)
})
