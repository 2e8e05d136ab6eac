/** A relay as a process of its own over the log of a folder, which can be killed: `relay-process.ts FOLDER OPTIONS`. */
import { openArchive } from '../../serving/archive.ts'
import { Limit, relayOver } from '../../serving/relay/run.ts'
import type { KafkaOptions } from '../../streams/relay/kafka/bus.ts'

export type RelayProcess = Readonly<{ options: KafkaOptions; mostMessages: number }>

const [, , path = '', told = '{}'] = process.argv
const { options, mostMessages } = JSON.parse(told) as RelayProcess
const archive = openArchive(path)
const { position: head } = await archive.log.head()
const limit = new Limit()
limit.raise(head)
const relay = relayOver(archive.log, options, limit, {
  mostMessages,
  onStatus(status) {
    process.stdout.write(`${JSON.stringify(status)}\n`)
    if (status.position >= head) limit.end()
  },
})
await relay.run()
process.stdout.write(
  `${JSON.stringify({ ...relay.status, state: relay.status.state === 'stopped' ? 'stopped' : 'done' })}\n`,
)
await archive.close()
