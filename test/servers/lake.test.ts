/** Partitioned answers in pandas, Polars, pyarrow, Delta Lake and Iceberg from PyPI. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { formatDay, formatMoment } from '../../schemas/kernel/time.ts'
import { askFeatures } from '../../serving/retrieval/ask.ts'
import { writeParts } from '../../serving/retrieval/write-parts.ts'
import { archiveOf } from '../support/archive.ts'
import { memoryPlatform } from '../support/memory-platform.ts'
import { beginOn, SMALL_SET } from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'

const { TEST_LAKE_PYTHON } = process.env

const root = mkdtempSync(join(tmpdir(), 'asof-lake-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe.skipIf(TEST_LAKE_PYTHON === undefined)(
  'the lakehouse by its own libraries (skipped without npm run suite:servers, which installs them)',
  () => {
    test('a partitioned answer has the same values and months in each of them', async () => {
      const platform = await memoryPlatform()
      await beginOn(platform)
      const asked = { set: 'small', from: formatDay(closeOf(200)), to: formatDay(closeOf(290)) }
      const { table } = await askFeatures(archiveOf(platform), asked, { moment: {}, now: closeOf(400) })
      const { rows } = await writeParts(join(root, 'features'), { table, period: 'month' })
      const values: (number | null)[] = []
      const months: Record<string, number> = {}
      for await (const { length, cells } of table.batches())
        for (let row = 0; row < length; row++) {
          const [, time, value] = cells as Float64Array[]
          values.push(Number.isNaN(value[row]) ? null : value[row])
          const [year, month] = formatMoment(time[row]).split('-').map(Number)
          months[`${year}-${month}`] = (months[`${year}-${month}`] ?? 0) + 1
        }
      mkdirSync(join(root, 'scratch'))
      const args = [
        join(import.meta.dirname, 'clients', 'lake.py'),
        join(root, 'features'),
        join(root, 'scratch'),
      ]
      const found = JSON.parse(execFileSync(TEST_LAKE_PYTHON ?? '', args, { encoding: 'utf8' }))
      for (const way of ['pandas', 'pyarrow', 'polars', 'delta', 'iceberg'])
        expect(found[way], way).toEqual({ values, months, time: 'datetime64[us, UTC]' })
      expect(Object.keys(months).length).toBeGreaterThan(2)
      expect(found.pruned).toBe(Object.values(months)[0])
      expect(found.notes).toMatchObject({ 'asof.set_hash': SMALL_SET.hash, 'unit:mom_5': 'rank' })
      process.stdout.write(`a partitioned answer of ${rows} rows: the same by 5 ways\n`)
    }, 120_000)
  },
)
