/** `/metrics`: where lanes stand, how long appends take, and what waits in quarantine, for whoever watches. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccess } from '../../serving/access/access.ts'
import { declareDataset } from '../../serving/actions.ts'
import { NO_CONFIG } from '../../serving/config.ts'
import { openMetrics } from '../../serving/http/metrics.ts'
import { type Serving, serve } from '../../serving/http/server.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { setAside } from '../../streams/quarantine.ts'
import { SMALL_DATASET } from '../support/small-platform.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-metrics-'))
let platform: Platform
let server: Serving

beforeAll(async () => {
  const metrics = openMetrics()
  platform = await openPlatform({ path, meter: metrics.meter })
  const access = await openAccess({ folder: platform.folder, log: platform.log, config: NO_CONFIG })
  server = await serve(platform, { host: '127.0.0.1', port: 0, access, metrics })
})

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

async function measured(): Promise<Map<string, number>> {
  const reply = await fetch(`${server.url}/metrics`)
  expect([reply.status, reply.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/plain'),
  ])
  const lines = (await reply.text()).split('\n').filter((line) => /^asof_/.test(line))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

test('what happens is counted, and each lane says how far it is', async () => {
  const before = await measured()
  expect(before.get('asof_log_position')).toBe(0)
  expect(before.get('asof_events_total{type="prediction.Made"}')).toBe(0)
  await declareDataset(platform, SMALL_DATASET, { actor: 'ann', commandId: 'declare' })
  const times = { eventTime: 0, knownAt: 0 }
  await setAside(platform.log, { processor: 'features', cause: 1, at: 1, reason: 'a test', times })
  const behind = await measured()
  expect(behind.get('asof_lane_lag_events{lane="live"}')).toBe(1)
  await platform.drain()
  const after = await measured()
  expect(after.get('asof_log_position')).toBe(2)
  // Once for what the command appended and led to, once for what was set aside; what else is waited for may be durable already.
  expect(after.get('asof_durable_seconds_count')).toBeGreaterThanOrEqual(2)
  expect(after.get('asof_events_total{type="data.DatasetDeclared"}')).toBe(1)
  expect(after.get('asof_quarantine_waiting')).toBe(1)
  expect(after.get('asof_acts_waiting')).toBe(0)
  for (const lane of ['live', 'research', 'gate']) {
    expect([lane, after.get(`asof_lane_position{lane="${lane}"}`)]).toEqual([lane, 2])
    expect([lane, after.get(`asof_lane_stopped{lane="${lane}"}`)]).toEqual([lane, 0])
  }
})
