/** One opening in a process of its own, or what is opened: `build PATH BARS NAMES`, `tail PATH BARS NAMES`, `open PATH`. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { declareDataset, defineFeatures } from '../../serving/actions.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { inferenceOver } from '../../serving/inference/inference.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { servedStream } from '../../streams/inference/processor.ts'
import { putRows } from '../../streams/log/tables.ts'
import { COUNTED } from '../support/sessions.ts'
import { smallFolder } from '../support/small-folder.ts'
import { MODEL } from '../support/small-platform.ts'
import { BAR_SET, BARS, barAt, barRows } from './opening-panel.ts'

/** So many arrivals are appended before the live lane takes them in. */
const AT_ONCE = 1_000
/** How often a model in force is asked between two bars. */
const ASKED_PER_BAR = 3
const [what, path, ...sizes] = process.argv.slice(2)
const act = (commandId: string) => ({ actor: 'bench', commandId })

/** The arrivals that `asof ingest` would have recorded, appended many at a time; all that follows is the platform's own. */
async function stream(platform: Platform, from: number, to: number, names: number): Promise<void> {
  const stream = `data-${BARS.dataset}`
  let revision = await platform.log.revisionOf(stream)
  const ask = await asking(platform)
  for (let first = from; first < to; first += AT_ONCE) {
    const appends = []
    for (let bar = first; bar < Math.min(first + AT_ONCE, to); bar++) {
      const rows = barRows(names, bar)
      const refs: ChunkRef[] = [await putRows(platform.chunks, rows)]
      // The table's own bytes, as of any that was made here.
      const sourceHash = refs[0].hash
      const known = { knownFrom: rows.knownAt[0], knownTo: rows.knownAt[0] }
      const data = {
        dataset: BARS.dataset,
        source: `bar ${bar}`,
        sourceHash,
        rows: names,
        rowsQuarantined: 0,
      }
      const sessions = [Math.floor(barAt(bar) / MICROS_PER_DAY)]
      const times = { eventTime: barAt(bar), knownAt: known.knownTo }
      const event = RowsArrived.draft({ ...data, ...COUNTED, ...known, sessions }, times, refs)
      const commandId = `ingest:${BARS.dataset}:${sourceHash}`
      const provenance = { commandId, actor: 'feed', correlationId: commandId, causationId: null }
      appends.push(
        platform.log.append({ stream, expected: revision++, events: [event], ...provenance }, 'written'),
      )
      for (let time = 0; time < ASKED_PER_BAR; time++) appends.push(ask(`${bar}-${time}`))
    }
    for (const appended of await Promise.all(appends))
      if (!appended.ok) throw new Error(appended.error.fault.message)
    await platform.lanes.live()
  }
}

/** The OMS asks the model in force the same again and again: one answer of its own, recorded as often. */
async function asking(platform: Platform): Promise<(id: string) => ReturnType<Platform['log']['append']>> {
  const stream = servedStream(MODEL)
  if ((await platform.log.revisionOf(stream)) === 0) {
    const question = { model: MODEL, version: '', id: '', features: () => Float64Array.of(0.25, -0.5) }
    await inferenceOver(platform).answer(question, { name: 'oms', isKnown: true, deadline: Infinity })
  }
  let revision = await platform.log.revisionOf(stream)
  for await (const [{ data, eventTime, knownAt }] of platform.log.readStream(stream)) {
    const answer = PredictionServed.draft(data as DataOf<typeof PredictionServed>, { eventTime, knownAt })
    return (id) => {
      const commandId = `predict:bench-${id}`
      const provenance = { commandId, actor: 'oms', correlationId: commandId, causationId: null }
      return platform.log.append({ stream, expected: revision++, events: [answer], ...provenance }, 'written')
    }
  }
  throw new Error('the model has answered')
}

async function build(bars: number, names: number): Promise<void> {
  // A model in force, its predictions, outcomes and watches stand before the bars.
  await (await smallFolder(path, 80)).close()
  const platform = await openPlatform({ path, moment: new PlayedClock(barAt(0)), threads: true })
  await declareDataset(platform, BARS, act('declare bars'))
  await defineFeatures(platform, BAR_SET, act('define bars'))
  await stream(platform, 0, bars, names)
  await platform.drain()
  await platform.close()
}

/** Goes on with some bars and is killed. */
async function tail(from: number, bars: number, names: number): Promise<void> {
  const platform = await openPlatform({ path, moment: new PlayedClock(barAt(from)), threads: true })
  await stream(platform, from, from + bars, names)
  process.kill(process.pid, 'SIGKILL')
}

async function open(threads: boolean): Promise<void> {
  const before = { at: performance.now(), used: process.cpuUsage(), rss: process.memoryUsage.rss() }
  const platform = await openPlatform({ path, threads })
  const seconds = (performance.now() - before.at) / 1000
  const { user, system } = process.cpuUsage(before.used)
  const { position } = await platform.log.head()
  const rssMb = process.memoryUsage.rss() / 1e6
  const peakMb = process.resourceUsage().maxRSS / 1e3
  // What it has to be good for at once: the newest values of a set.
  const asOf = await platform.store.asOf({ name: BAR_SET.set, version: 1 }, ['f0'], barAt(1e9))
  const asked = (performance.now() - before.at) / 1000
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const found = {
    events: position,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    answeredAfter: asked,
    entities: asOf.entities.length,
    rssMb,
    peakMb,
    keptMb: (heapUsed + external) / 1e6,
  }
  console.log(JSON.stringify(found))
  await platform.close()
}

const [one, two, three] = sizes.map(Number)
if (what === 'build') await build(one, two)
if (what === 'tail') await tail(one, two, three)
if (what === 'open') await open(true)
if (what === 'open-whole') await open(false)
