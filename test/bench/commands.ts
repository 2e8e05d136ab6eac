/** Commands a second over HTTP, each by an authenticated client and durable, beside the same events appended to a bare log. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatasetDeclared } from '../../schemas/events/data.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { hashOf, newSecret, newTokenId, tokenText } from '../../serving/access/secrets.ts'
import { folderAt } from '../../serving/folder.ts'
import { openEmbeddedLog, openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { given, upOver } from '../support/doors.ts'
import { specOf } from './commands-client.ts'

const CLIENTS = 16
const COMMANDS = 4_000
const TOMORROW = () => (Date.now() + 86_400_000) * 1000
/** Every client sends one in so many of its commands twice. */
const REPEATED = 10

export type ClientTask = Readonly<{
  url: string
  tokens: readonly string[]
  commands: number
  repeated: number
}>
export type ClientReport = Readonly<{
  seconds: number
  requests: number
  done: number
  alreadySo: number
  failed: readonly string[]
  p50Millis: number
  p99Millis: number
}>

export async function benchCommands() {
  const root = mkdtempSync(join(tmpdir(), 'asof-commands-'))
  try {
    const folder = join(root, 'platform')
    const { url, stop } = await upOver(folder)
    const tokens: string[] = []
    for (let client = 0; client < CLIENTS; client++) {
      const [id, secret] = [newTokenId(), newSecret()]
      const token = {
        id,
        subject: `client-${client}`,
        roles: ['engineer'],
        hash: hashOf(secret),
        expires: TOMORROW(),
      }
      const { outcome } = await given(url, 'access.issue-token', token)
      if (outcome !== 'done') throw new Error('a token was not issued')
      tokens.push(tokenText(id, secret))
    }
    const child = fork(join(import.meta.dirname, 'commands-client.ts'))
    const task: ClientTask = { url, tokens, commands: COMMANDS, repeated: REPEATED }
    child.send(task)
    const [report] = (await once(child, 'message')) as [ClientReport]
    await stop()
    const { failed, done, ...told } = report
    const log = openEmbeddedReader({ folder: folderAt(folder).log, registry: REGISTRY })
    let declared = 0
    for await (const batch of log.readAll(1, { types: [DatasetDeclared.type] })) declared += batch.length
    await log.close()
    if (failed.length > 0 || declared !== COMMANDS)
      throw new Error(`${declared} of ${COMMANDS} were recorded; ${failed.length} failed: ${failed[0]}`)
    const commandsPerSecond = done / report.seconds
    const raw = await rawPerSecond(join(root, 'raw'))
    return [
      {
        clients: CLIENTS,
        commands: done,
        ...told,
        twice: declared - COMMANDS,
        commandsPerSecond,
        requestsPerSecond: report.requests / report.seconds,
        rawAppendsPerSecond: raw,
        timesRaw: raw / commandsPerSecond,
      },
    ]
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The same events by as many callers, each of which waits until its own is durable. */
async function rawPerSecond(folder: string): Promise<number> {
  const log = openEmbeddedLog({ folder, registry: REGISTRY, clock: { nowMicros: () => Date.now() * 1000 } })
  const from = performance.now()
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (let n = client; n < COMMANDS; n += CLIENTS) {
        const events = [DatasetDeclared.draft(specOf(n), { eventTime: n, knownAt: n })]
        const ids = { commandId: `declare:${n}`, correlationId: `declare:${n}`, causationId: null }
        await log.append({ stream: `data-${n}`, expected: 0, events, actor: 'bench', ...ids })
      }
    }),
  )
  const seconds = (performance.now() - from) / 1000
  await log.close()
  return COMMANDS / seconds
}
