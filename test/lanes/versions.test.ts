/** A raised version makes other answers lawful from a position on, and takes no answer out of the comparison that was not confirmed. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Draft } from '../../schemas/envelope.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import { VersionRaised } from '../../schemas/events/processor.ts'
import { confirmedCursor } from '../../serving/confirmed.ts'
import { folderAt, makeFolders } from '../../serving/folder.ts'
import { snapshotFiles, snapshotKey } from '../../serving/lanes/snapshots.ts'
import { versionsOf } from '../../serving/lanes/versions.ts'
import { openLog } from '../../serving/open-log.ts'
import { assertFollows } from '../../serving/recheck.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { raisesNow } from '../../serving/sealing.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { Pipeline } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import { raiseVersion } from '../../streams/versions.ts'
import { workplace } from '../attack/tools.ts'
import { counting, define } from '../support/counting.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { ALWAYS, smallFolder } from '../support/small-folder.ts'

const { path, remove } = workplace('versions')
afterAll(remove)
let folders = 0

async function newLog(): Promise<Readonly<{ root: string; log: EventLog }>> {
  const root = path(`log-${folders++}`)
  makeFolders(folderAt(root))
  return { root, log: await openLog(folderAt(root)) }
}

/** A lane of one processor, opened anew. */
async function open({ root, log }: { root: string; log: EventLog }, processor: Processor) {
  const folder = folderAt(root)
  const cursor = confirmedCursor(folder, log, 'live')
  const key = () => snapshotKey(log.seal, 'live')
  const snapshots = snapshotFiles({ folder, lane: 'live', log, key, due: ALWAYS })
  const lane = new Pipeline({ log, cursor, processors: [processor], snapshots, versions: versionsOf(log) })
  await lane.drain()
  await lane.stop()
  await cursor.flush?.()
  return lane
}

const loseCursor = (root: string) => rmSync(join(root, 'lanes/live.position'))

async function replayed({ root, log }: { root: string; log: EventLog }, processor: Processor) {
  const { position: to } = await log.head()
  return replay(log, [processor], { from: 1, to, raises: await raisesNow(folderAt(root), log) })
}

const raisesIn = async (log: EventLog) =>
  (await eventsOf(log)).filter(({ type }) => type === VersionRaised.type).map(({ data }) => data)

const answersIn = async (log: EventLog) =>
  (await eventsOf(log))
    .filter(({ type }) => type === ValuesComputed.type)
    .map(({ data }) => (data as { version: number }).version)

/** Three sets by version 1, two by version 2. */
async function raised() {
  const at = await newLog()
  await define(at.log, 3)
  await open(at, counting(1))
  await open(at, counting(2))
  await define(at.log, 2, 3)
  await open(at, counting(2))
  return at
}

const append = (log: EventLog, stream: string, commandId: string, events: readonly Draft[]) =>
  log.revisionOf(stream).then((expected) =>
    log.append({
      ...{ stream, expected, commandId, actor: 'eve', correlationId: commandId, causationId: null },
      events,
    }),
  )

const NEVER = { eventTime: 0, knownAt: 0 }

test('what an older version said stands, what follows is said by the new one, and a replay counts them apart', async () => {
  const at = await raised()
  expect(await answersIn(at.log)).toEqual([1, 2, 3, 8, 10])
  expect(await raisesIn(at.log)).toMatchObject([{ processor: 'features', version: 2, from: 7 }])
  expect(await replayed(at, counting(2))).toMatchObject({
    first: null,
    compared: { [ValuesComputed.type]: 2 },
    equal: { [ValuesComputed.type]: 2 },
    saidByOlder: { [ValuesComputed.type]: 3 },
  })
  loseCursor(at.root)
  const again = counting(2)
  await open(at, again)
  expect(again.met(), 'it has met all of them').toBe(5)
  expect(await answersIn(at.log)).toEqual([1, 2, 3, 8, 10])
  await at.log.close()
})

test('a lower version than the log has met is refused, and says nothing', async () => {
  const at = await raised()
  const { position } = await at.log.head()
  expect(await refusalIn(open(at, counting(1)))).toBe('pipeline.older-version')
  expect((await at.log.head()).position).toBe(position)
  await at.log.close()
})

test('an answer that was not confirmed when the version was raised is compared', async () => {
  const at = await newLog()
  await define(at.log, 3)
  await open(at, counting(1))
  loseCursor(at.root)
  expect(await refusalIn(open(at, counting(2)))).toBe('pipeline.other-answer')
  expect((await replayed(at, counting(2))).first).toMatchObject({ kind: 'different' })
  await at.log.close()
})

test('an answer to an old cause that came after the raise is compared', async () => {
  const at = await raised()
  const [answer] = (await eventsOf(at.log)).filter(({ type }) => type === ValuesComputed.type)
  await append(at.log, answer.stream, 'features/1/1', [answer])
  expect(await refusalIn(open(at, counting(2)))).toBe('pipeline.other-answer')
  expect((await replayed(at, counting(2))).first).toMatchObject({ kind: 'extra' })
  await at.log.close()
})

const FORGED: Readonly<Record<string, (log: EventLog, other: EventLog) => Promise<unknown>>> = {
  'without a signature': async (log) =>
    append(log, 'processor-features', 'v', [
      VersionRaised.draft({ processor: 'features', version: 2, from: 5, note: '' }, NEVER),
    ]),
  'signed by the key of another log'(log, other) {
    if (other.seal === null) throw new Error('a log on the disk has a seal')
    return raiseVersion(log, other.seal.signer, { processor: 'features', version: 2, from: 5 })
  },
  'with the signature of another position': async (log) => {
    if (log.seal === null) throw new Error('a log on the disk has a seal')
    const { signer } = log.seal
    const elsewhere = { ...log, append: async () => ({ ok: true }) } as unknown as EventLog
    const drafts: Draft[] = []
    elsewhere.append = async (batch) => {
      drafts.push(...batch.events)
      return { ok: true } as never
    }
    await raiseVersion(elsewhere, signer, { processor: 'features', version: 2, from: 3 })
    const [{ data }] = drafts as [Draft<string, { note: string }>]
    return append(log, 'processor-features', 'v', [
      VersionRaised.draft({ processor: 'features', version: 2, from: 5, note: data.note }, NEVER),
    ])
  },
}

test.each(Object.entries(FORGED))(
  'a raise %s says nothing: a forged answer before it is found',
  async (_, forge) => {
    const [at, other] = [await newLog(), await newLog()]
    await define(other.log, 3)
    await define(at.log, 3)
    const forged = { set: 'small', hash: 'h', dataset: 'small', rows: 0, knownFrom: 0, knownTo: 0 }
    await append(at.log, 'feature-values-small', 'features/1/0', [
      ValuesComputed.draft({ ...forged, version: 99, cause: 1 }, NEVER),
    ])
    await forge(at.log, other.log)
    expect(await raisesIn(at.log)).toHaveLength(1)
    // Neither does it lock the owner out.
    expect(await refusalIn(open(at, counting(1)))).toBe('pipeline.other-answer')
    expect((await replayed(at, counting(1))).first).toMatchObject({ kind: 'different', position: 4 })
    await Promise.all([at.log.close(), other.log.close()])
  },
)

test('a gate report of an older version is not promoted: it cannot be made again', async () => {
  const platform = await smallFolder(path('gate'), 0)
  const { seal } = platform.log
  const [report] = (await eventsOf(platform.log)).filter(({ type }) => type === 'model.GateReported')
  const { position } = report
  await assertFollows(platform, { model: 'small', position })
  const { position: head } = await platform.log.head()
  if (seal === null) throw new Error('a log on the disk has a seal')
  await raiseVersion(platform.log, seal.signer, { processor: 'gate', version: 2, from: head + 1 })
  expect(await refusalIn(assertFollows(platform, { model: 'small', position }))).toBe('model.report-older')
  await platform.close()
})
