/** The embedded log keeps the contract. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Clock } from '../../schemas/kernel/time.ts'
import { openEmbeddedLog } from '../../streams/log/embedded/open.ts'
import { eventLogContract } from './event-log.contract.ts'
import { eventLogModel } from './event-log.model.ts'
import { VOCABULARY } from './vocabulary.ts'

const folders = mkdtempSync(join(tmpdir(), 'asof-log-'))
let made = 0
afterAll(() => rmSync(folders, { recursive: true }))

const open = (clock: Clock) =>
  openEmbeddedLog({ folder: join(folders, String(made++)), registry: VOCABULARY, clock })

eventLogContract('embedded', open)
eventLogModel('embedded', open)
