/** What another process does with a log, for the tests of the embedded one: `node other-process.ts <role> <folder>`. */
import { openEmbeddedLog, openEmbeddedReader } from '../../streams/log/embedded/open.ts'
import { batchOf, note, VOCABULARY } from '../contract/vocabulary.ts'

const [, , role, folder = ''] = process.argv
const say = (line: string) => process.stdout.write(`${line}\n`)
const clock = { nowMicros: () => Date.now() * 1000 }

/** Appends for ever and says each event's number once it is durable. */
async function write(): Promise<void> {
  const log = openEmbeddedLog({ folder, registry: VOCABULARY, clock })
  for (let i = 0; ; i++) {
    const answer = await log.append(batchOf('note-a', i, [note(`${i}`)]))
    if (answer.ok) say(String(answer.value.position))
  }
}

/** Says the position of each event as it comes. */
async function follow(): Promise<void> {
  const reader = openEmbeddedReader({ folder, registry: VOCABULARY })
  say('ready')
  for await (const batch of reader.subscribe(1)) for (const { position } of batch) say(String(position))
}

await (role === 'write' ? write() : follow())
