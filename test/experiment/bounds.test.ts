/** A run whose figures are beyond what a figure of its kind can be is refused by the field's name, before it is a trial. */
import { expect, test } from 'vitest'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import { startRun } from '../../serving/actions.ts'
import { act, judgedPlatform, runOf } from '../support/small-platform.ts'

test('costs beyond all that is paid on, and an integer that has no bytes', async () => {
  const platform = await judgedPlatform()
  const { experiments } = platform.folds
  const run = runOf('momentum', 3, experiments.state().trainingSets['small-h3']?.frozen?.contentHash ?? '')
  const costing = (costs: Partial<RunSpec['portfolio']>) => ({ portfolio: { ...run.portfolio, ...costs } })
  const wrong: readonly [string, Partial<RunSpec>][] = [
    ['portfolio.spreadBps', costing({ spreadBps: 1e300 })],
    ['portfolio.commissionBps', costing({ commissionBps: 10_001 })],
    ['portfolio.borrowBps', costing({ borrowBps: -1 })],
    ['seed', { seed: Number.MAX_SAFE_INTEGER }],
    ['seed', { seed: 2 ** 53 }],
  ]
  for (const [k, [path, otherwise]] of wrong.entries()) {
    const started = startRun(platform, { ...run, run: 'odd', ...otherwise }, act(`run-${k}`))
    await expect(started).rejects.toMatchObject({ fault: { code: 'event.invalid', detail: { path } } })
  }
  expect(experiments.state().runs.odd).toBeUndefined()
  await startRun(platform, { ...run, run: 'odd', ...costing({ spreadBps: 10_000 }) }, act('run'))
  expect(experiments.state().runs.odd.status).toBe('finished')
  await platform.close()
})
