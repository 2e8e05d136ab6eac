/** What a supervisor asks: a platform whose live lane stands still is not well, and says so. */
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveHealth } from '../../serving/http/views.ts'
import type { LaneStatus } from '../../serving/lanes/lanes.ts'
import { memoryLog } from '../support/memory-platform.ts'

const server = fastify()
let lanes: LaneStatus[] = []
beforeAll(() => serveHealth(server, { log: memoryLog(), lanes: { status: () => lanes } }, 'it'))
afterAll(() => server.close())

const ask = async (...stopped: readonly string[]) => {
  lanes = (['live', 'research', 'gate'] as const).map((lane) => ({
    ...{ lane, position: 7 },
    stopped: stopped.includes(lane) ? 'a file of the owner is full: /home/ann' : null,
  }))
  const { statusCode, body } = await server.inject('/health')
  return [statusCode, JSON.parse(body)]
}

test('200 as long as days are predicted, with the lanes that have stopped; 503 where they are not', async () => {
  expect(await ask()).toMatchObject([200, { status: 'ok', stopped: [], server: 'it' }])
  expect(await ask('gate')).toMatchObject([200, { status: 'stopped', stopped: ['gate'] }])
  expect(await ask('live', 'gate')).toMatchObject([503, { status: 'stopped', stopped: ['live', 'gate'] }])
  expect(JSON.stringify(await ask('live')), 'why is not for everybody').not.toContain('ann')
})
