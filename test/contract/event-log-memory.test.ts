/** The memory log keeps the contract. */
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import { eventLogContract } from './event-log.contract.ts'
import { eventLogModel } from './event-log.model.ts'
import { VOCABULARY } from './vocabulary.ts'

const open = (clock: Parameters<typeof openMemoryLog>[0]['clock']) =>
  openMemoryLog({ registry: VOCABULARY, clock })

eventLogContract('memory', open)
eventLogModel('memory', open)
