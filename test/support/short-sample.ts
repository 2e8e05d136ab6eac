/**
 * The sample cut short, as a program: six years of history, five trials, of which one passes a milder gate, and some weeks of days;
 * prints what it came to as JSON.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldTo } from '../../projections/runner.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { canonicalJson, sha256 } from '../../schemas/kernel/canonical.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { playSample } from '../../serving/sample/run.ts'
import { US20 } from '../../serving/sample/samples.ts'
import { seal, verifyFolder } from '../../serving/sealing.ts'
import { openViewStore } from '../../serving/view-store.ts'
import { VIEWS } from '../../serving/wire/views.ts'
import { shortened } from './short-history.ts'

const [, , path = ''] = process.argv
const scratch = mkdtempSync(join(tmpdir(), 'asof-history-'))
const platform = await playSample({
  path,
  plan: shortened(US20, { from: '2004-01-01', refuse: 'net-sharpe', folder: scratch }),
  until: parseMoment('2010-03-15'),
  sweep: { horizons: [5], alphas: [1] },
  threads: true,
  // Some of them, so that kills meet one that is being written, and openings have some to choose from.
  due: { events: 200, eventsAtStop: 1 },
})
rmSync(scratch, { recursive: true })
await platform.views.catchUp()
await seal(platform)
/** What is signed is signed for the one log, which is known by when it recorded its first policy: each folder has its own. */
const unbound = (json: string): string =>
  json.replace(/"signature":"[^"]*"/g, '"signature":""').replace(/"log":"[0-9a-f]{64}"/g, '"log":""')
// All that an event says, but for when this log recorded it.
const facts = createHash('sha256')
let events = 0
for await (const batch of platform.log.readAll(1)) {
  for (const { recordedAt: _, ...event } of batch) {
    facts.update(unbound(JSON.stringify(event)))
    events++
  }
}
const states = openViewStore(platform.folder, { readOnly: true })
const digests: Record<string, string> = {}
for (const view of VIEWS) {
  const { state, digest } = await foldTo(platform.log, states, view, {})
  assert(
    platform.views.digests().some((one) => one.name === view.name && one.digest === digest),
    view.name,
  )
  digests[view.name] = sha256(unbound(canonicalJson(state)))
}
states.close()
await platform.close()
const { damages } = await verifyFolder(path, {})
process.stdout.write(JSON.stringify({ digests, events, facts: facts.digest('hex'), damages: damages.length }))
