/**
 * The log on KurrentDB keeps the contract: on the small server of `test/support`, or on a real one where `ASOF_KURRENTDB` has its connection
 * string.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Clock } from '../../schemas/kernel/time.ts'
import { openKurrentLog } from '../../streams/log/kurrentdb/open.ts'
import { KurrentServer } from '../support/kurrentdb-server.ts'
import { eventLogContract } from './event-log.contract.ts'
import { eventLogModel } from './event-log.model.ts'
import { VOCABULARY } from './vocabulary.ts'

const folders = mkdtempSync(join(tmpdir(), 'asof-kurrent-'))
const own = new KurrentServer()
const url = process.env.ASOF_KURRENTDB ?? (await own.start())
let made = 0
afterAll(() => {
  own.stop()
  rmSync(folders, { recursive: true })
})

const open = (clock: Clock) =>
  openKurrentLog({
    folder: join(folders, String(made++)),
    registry: VOCABULARY,
    clock,
    server: { url, stream: `asof-${randomUUID()}` },
    name: randomBytes(8).toString('hex'),
  })

eventLogContract('kurrentdb', open)
eventLogModel('kurrentdb', open, 15)
