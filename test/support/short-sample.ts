/** The sample cut short, as a program: nine trials and some weeks of days; prints what it came to as JSON. */
import { createHash } from 'node:crypto'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { playSample } from '../../serving/sample/run.ts'
import { seal, verifyFolder } from '../../serving/sealing.ts'

const [, , path = ''] = process.argv
const platform = await playSample({
  path,
  until: parseMoment('2010-03-15'),
  grid: { horizons: [5], alphas: [1] },
})
await platform.views.catchUp()
await seal(platform)
// All that an event says, but for when this log recorded it.
const facts = createHash('sha256')
let events = 0
for await (const batch of platform.log.readAll(1)) {
  for (const { recordedAt: _, ...event } of batch) {
    facts.update(JSON.stringify(event))
    events++
  }
}
const digests = Object.fromEntries(platform.views.digests().map(({ name, digest }) => [name, digest]))
await platform.close()
const { damages } = await verifyFolder(path, {})
process.stdout.write(JSON.stringify({ digests, events, facts: facts.digest('hex'), damages: damages.length }))
