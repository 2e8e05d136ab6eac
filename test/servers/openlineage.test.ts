/** Events of a platform by OpenLineage's own client for Python, from PyPI: read, said again, and the same. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Emitter } from '../../serving/openlineage/emitter.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { playedPlatform } from '../support/small-platform.ts'

const { TEST_OPENLINEAGE } = process.env
const folder = mkdtempSync(join(tmpdir(), 'asof-openlineage-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(TEST_OPENLINEAGE === undefined)(
  'OpenLineage’s client (skipped without npm run suite:servers, which installs it)',
  () => {
    test('reads every event, and says it again as it was', async () => {
      const emitter = new Emitter('asof://test')
      const said = (await eventsOf((await playedPlatform(5)).log)).flatMap((event) => emitter.take(event))
      const file = join(folder, 'events.jsonl')
      writeFileSync(file, said.map((one) => `${JSON.stringify(one)}\n`).join(''))
      const script = join(import.meta.dirname, 'clients', 'openlineage_client.py')
      const told = execFileSync(TEST_OPENLINEAGE ?? '', [script, file], { encoding: 'utf8' })
      expect(JSON.parse(told)).toEqual({ count: said.length, differing: [] })
      process.stdout.write(`openlineage-python: ${said.length} of ${said.length} events\n`)
    }, 120_000)
  },
)
