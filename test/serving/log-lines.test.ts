/** With `ASOF_LOG_LEVEL=info` a command over HTTP is a line of JSON, by which its events are found. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Works } from '../../serving/commands/works.ts'
import { boundedServer } from '../../serving/http/bounded.ts'
import { serveCommands } from '../../serving/http/commands.ts'
import { openPlatform } from '../../serving/platform.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { SMALL_DATASET } from '../support/small-platform.ts'

test('with its id, its position and whoever gave it; and one that is refused with its code', async () => {
  const path = mkdtempSync(join(tmpdir(), 'asof-lines-'))
  const platform = await openPlatform({ path })
  const lines: string[] = []
  const server = boundedServer({ logLevel: 'info', logTo: { write: (line) => lines.push(line) } })
  server.addHook('onRequest', async (request) => {
    request.subject = { name: 'ann', roles: ['engineer'] }
  })
  serveCommands(server, platform, new Works(platform))
  try {
    const send = (payload: object) =>
      server.inject({ method: 'POST', url: '/api/v1/commands/data.declare', payload })
    await send({ spec: SMALL_DATASET, commandId: 'k-1' })
    await send({ spec: {} })
    const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith('command'))
    const [event] = await eventsOf(platform.log)
    expect(told).toMatchObject([
      {
        ...{ msg: 'command', 'asof.command': 'data.declare', 'asof.command_id': event.commandId },
        ...{ 'asof.position': event.position, 'enduser.id': 'ann', state: 'finished', changed: true },
      },
      {
        ...{ msg: 'command refused', 'asof.command_id': null, 'asof.position': null },
        ...{ error: 'command.malformed', state: 'failed' },
      },
    ])
    expect(event.commandId).toBe('data.declare:k-1')
  } finally {
    await server.close()
    await platform.close()
    rmSync(path, { recursive: true })
  }
})
