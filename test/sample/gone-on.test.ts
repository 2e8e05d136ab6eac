/** Broken off while a cut waits for its review, and gone on with, the sample reviews it on the day that it would have. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { formatDay, parseMoment } from '../../schemas/kernel/time.ts'
import { declareDataset } from '../../serving/actions.ts'
import { openPlatform } from '../../serving/platform.ts'
import { playSample } from '../../serving/sample/run.ts'
import { US12, US20 } from '../../serving/sample/samples.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'

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

test('another sample is not played into its folder, nor one into a platform with other data', async () => {
  const before = await changesUntil('2010-06-10')
  const refused = { fault: { code: 'sample.folder-taken' } }
  await expect(playSample({ path, plan: US12 })).rejects.toMatchObject(refused)
  expect(await changesUntil('2010-06-10')).toEqual(before)
  const own = join(path, 'own')
  const platform = await openPlatform({ path: own })
  const spec = { ...(await readDatasetFile(US20.prices.declaration)), dataset: 'mine' }
  await declareDataset(platform, spec, { actor: 'ann', commandId: 'declare' })
  await platform.close()
  await expect(playSample({ path: own, plan: US20 })).rejects.toMatchObject(refused)
}, 60_000)
