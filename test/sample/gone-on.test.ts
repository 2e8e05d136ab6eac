/** Broken off while a cut waits for its review, and gone on with, the sample reviews it on the day that it would have. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { formatDay, parseMoment } from '../../schemas/kernel/time.ts'
import { playSample } from '../../serving/sample/run.ts'
import { US20 } from '../../serving/sample/samples.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-gone-on-'))
afterAll(() => rmSync(path, { recursive: true }))

/** The changes of capital, in the order of the log. */
async function changesUntil(day: string): Promise<string[]> {
  const platform = await playSample({
    path,
    plan: US20,
    until: parseMoment(day),
    sweep: { horizons: [5], alphas: [1] },
  })
  const { history } = platform.folds.capital.state().models[US20.model]
  await platform.close()
  return history.map(({ at, why }) => `${why} ${formatDay(at)}`)
}

test('a review comes 21 trading days after its cut, however often the sample is gone on with', async () => {
  const cut = ['allocated 2010-01-01', 'reduced 2010-05-06']
  expect(await changesUntil('2010-05-20')).toEqual(cut)
  expect(await changesUntil('2010-06-04')).toEqual(cut)
  // The 21st session, that of the cut being the first, is Friday 2010-06-04; it is decided at the open of Monday.
  expect(await changesUntil('2010-06-10')).toEqual([...cut, 'reviewed 2010-06-07'])
}, 120_000)
