/**
 * Feast's own SDK from PyPI, unchanged, with Asof as its remote online store: it reads, writes, pushes and materializes. What it sends, and is
 * answered, is recorded with `RECORD=1`: `test/support/vectors/feast-sdk.json`.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatMoment, MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { ownerTokenPath } from '../../serving/access/owner-token.ts'
import { declareDataset, defineFeatures } from '../../serving/actions.ts'
import { SIGNAL, SIGNAL_SET } from '../support/feast-signal.ts'
import { type InForce, inForce } from '../support/in-force.ts'
import { act, MODEL, SMALL_SET } from '../support/small-platform.ts'
import { type Recording, recordingProxy } from './recording.ts'

const { TEST_FEAST, RECORD } = process.env
const VECTORS = fileURLToPath(new URL('../support/vectors/feast-sdk.json', import.meta.url))
const CLIENT = join(import.meta.dirname, 'clients', 'feast_client.py')

type Told = Readonly<{ name: string; ok: boolean; told: unknown }>

describe.skipIf(TEST_FEAST === undefined)(
  "Feast's SDK (skipped without npm run suite:servers, which installs it)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'asof-feast-'))
    let home: InForce
    let proxy: Recording
    let told: ReadonlyMap<string, unknown>
    let at: string

    beforeAll(async () => {
      home = await inForce()
      const { platform, server } = home
      await declareDataset(platform, SIGNAL, act('declare-signal'))
      await defineFeatures(platform, SIGNAL_SET, act('define-signal'))
      at = formatMoment(platform.moment.nowMicros() - MICROS_PER_DAY).slice(0, 19)
      const token = readFileSync(ownerTokenPath(platform.folder), 'utf8').trim()
      proxy = await recordingProxy(server.url, true)
      const url = `http://${proxy.address}`
      const child = spawn(TEST_FEAST ?? '', [CLIENT, url, token, MODEL, folder, at], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, FEAST_TELEMETRY: 'false' },
      })
      const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
      const lines = out.split('\n').filter((line) => line.startsWith('{"name"'))
      const all = lines.map((line) => JSON.parse(line) as Told)
      const failed = all.filter(({ ok }) => !ok).map(({ name, told: why }) => `${name}: ${why}`)
      expect(failed, errors.slice(-4_000)).toEqual([])
      told = new Map(all.map(({ name, told: what }) => [name, what]))
      expect(told.size, errors.slice(-4_000)).toBe(14)
      if (RECORD !== undefined) writeFileSync(VECTORS, `${JSON.stringify(proxy.recorded(), null, 1)}\n`)
    }, 600_000)

    afterAll(async () => {
      await proxy.close()
      await home.close()
      rmSync(folder, { recursive: true, force: true })
    })

    test('reads the bits that the live lane knows, by view and by the model that takes them', async () => {
      const { store, moment } = home.platform
      const set = { name: SMALL_SET.set, version: 1 }
      const asked = { entities: ['ANT'], moment: moment.nowMicros() }
      const { rows } = await store.lookup(set, ['mom_5', 'mom_20', 'vol_10'], asked)
      const [mom5, mom20, vol10] = rows[0].values
      expect(told.get('features')).toEqual({
        instrument: ['ANT', 'NONE'],
        mom_5: [mom5, null],
        vol_10: [vol10, null],
      })
      expect(told.get('service')).toEqual({ instrument: ['ANT'], mom_5: [mom5], mom_20: [mom20] })
      expect(told.get('statuses')).toEqual({
        instrument: ['PRESENT', 'PRESENT'],
        mom_5: ['PRESENT', 'NOT_FOUND'],
      })
      expect(told.get('frame')).toMatchObject({ mom_5: 'float64' })
      expect(told.get('full names')).toEqual(['instrument', 'small__mom_5'])
      expect(told.get('versions')).toEqual([['small', 1]])
    })

    test('raises its own exceptions, with the sentence of the server', () => {
      expect(told.get('unknown view')).toEqual([
        'FeatureViewNotFoundException',
        expect.stringContaining('small@1'),
      ])
      expect(told.get('unknown feature')).toEqual(['FeastError', expect.stringContaining('mom_5')])
      expect(told.get('write of what is computed')).toEqual([
        'FeastError',
        expect.stringContaining('computed'),
      ])
    })

    test('writes and pushes rows, has nothing left to materialize, and reads what is computed from them', () => {
      expect(told.get('write')).toEqual({ instrument: ['ANT'], ret: [0.25], n: [1] })
      expect(told.get('older write')).toEqual({ instrument: ['ANT'], ret: [0.25], n: [1] })
      expect(told.get('missing value')).toEqual({ instrument: ['CAT'], ret: [null], n: [2] })
      expect(told.get('push')).toEqual({ instrument: ['BEE'], ret: [-0.5] })
      expect(told.get('materialize')).toEqual({ instrument: ['BEE'], ret: [-0.5], n: [1] })
    })
  },
)
