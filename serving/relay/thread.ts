/** The thread of the relay: it reads the log by itself, up to where the platform has confirmed it. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../schemas/kernel/assert.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { folderAt } from '../folder.ts'
import { keptPlace } from './kept.ts'
import type { FromRelay, RelayData, ToRelay } from './open.ts'
import { Limit, relayOver } from './run.ts'
import { withoutTimerWarnings } from './timer-warnings.ts'

assert(parentPort !== null, 'the relay runs in a thread')
const port = parentPort

withoutTimerWarnings()

const { path, options } = workerData as RelayData
const folder = folderAt(path)
const log = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
const limit = new Limit()
const kept = keptPlace(folder, options.prefix)
const onStatus = (status: FromRelay) => port.postMessage(status)
const relay = relayOver(log, { ...options, kept }, limit, { onStatus })

port.on('message', (said: ToRelay) => {
  if (said === 'end') limit.end()
  else limit.raise(said)
})
await relay.run()
await log.close()
port.close()
