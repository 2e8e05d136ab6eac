/** Features in Python: Arrow streams over HTTP, and the files that the command line writes, by pyarrow and Polars from PyPI. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerTokenPath } from '../../serving/access/owner-token.ts'
import { askFeatures } from '../../serving/retrieval/ask.ts'
import { writeAnswer } from '../../serving/retrieval/write.ts'
import { archiveOf } from '../support/archive.ts'
import { type InForce, inForce } from '../support/in-force.ts'
import { closeOf } from '../support/small-world.ts'

const { TEST_FEATURES_PYTHON } = process.env

let home: InForce

describe.skipIf(TEST_FEATURES_PYTHON === undefined)(
  'features in pyarrow and Polars (skipped without npm run suite:servers, which installs them)',
  () => {
    beforeAll(async () => {
      home = await inForce()
    }, 120_000)
    afterAll(() => home.close())

    test('are the values that the platform has, by every way', async () => {
      const archive = archiveOf(home.platform)
      const asked = { set: 'small', from: '2001-10-01', to: '2001-10-08' }
      const asking = await askFeatures(archive, asked, { moment: {}, now: closeOf(400) })
      const values: number[] = []
      for await (const { cells } of asking.batches()) values.push(...(cells[2] as Float64Array))
      const out = join(home.path, 'out')
      for (const ending of ['parquet', 'arrow'])
        await writeAnswer(`${out}.${ending}`, asking.schema, asking.batches())
      const token = readFileSync(ownerTokenPath(home.platform.folder), 'utf8').trim()
      const args = [join(import.meta.dirname, 'clients', 'features.py'), home.server.url, token, out]
      const child = spawn(TEST_FEATURES_PYTHON ?? '', args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const told = JSON.parse(await text(child.stdout))
      expect(told).toMatchObject({ rows: values.length, set: 'small@1', unit: 'rank' })
      expect(told.types).toMatchObject({
        entity: 'dictionary<values=string, indices=int32, ordered=0>',
        time: 'timestamp[us, tz=UTC]',
        mom_5: 'double',
        position: 'int64',
      })
      for (const way of ['arrow', 'polars', 'parts', 'parquet', 'feather', 'pandas'])
        expect(told[way], way).toEqual(values)
      expect(told.days.length).toBeGreaterThan(3)
      expect(told['spine.csv']).toEqual(told['spine.parquet'])
      expect(told['spine.csv']).toMatchObject({ entity: ['ANT', 'BEE'], order: ['a', 'b'] })
      process.stdout.write('pyarrow and Polars: the same values by 8 ways\n')
    }, 120_000)
  },
)
