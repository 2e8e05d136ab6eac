/** A platform: a log, its chunks, the lanes that follow it, and the views over it. */
import { setImmediate } from 'node:timers/promises'
import { Memory } from '../commands/handle.ts'
import { ProjectionRunner } from '../projections/runner.ts'
import type { ProjectionStore } from '../projections/saved.ts'
import type { Position, Recorded } from '../schemas/envelope.ts'
import type { Clock } from '../schemas/kernel/time.ts'
import type { Cursor } from '../streams/cursor.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import type { EventLog } from '../streams/log/port.ts'
import type { Due, SnapshotStore } from '../streams/snapshot.ts'
import { openChunksForWriting } from './chunk-store.ts'
import { notBefore, wallClock } from './clock.ts'
import { confirmedCursor } from './confirmed.ts'
import type { Newest } from './feature-store.ts'
import { type Folder, folderAt, makeFolders } from './folder.ts'
import type { Lanes } from './lanes/lanes.ts'
import { type LiveWatch, openLiveWatch } from './lanes/live-watch.ts'
import type { LaneName } from './lanes/names.ts'
import { openLanes } from './lanes/open.ts'
import { snapshotFiles, snapshotKey } from './lanes/snapshots.ts'
import { type Meter, metered, NO_METER } from './meter.ts'
import { holdAlone, type Nodes } from './nodes/live-node.ts'
import { openLog } from './open-log.ts'
import { type InTurn, inTurn } from './turn.ts'
import { openViewStore } from './view-store.ts'
import { type Live, wireLive } from './wire/live.ts'
import { VIEWS } from './wire/views.ts'

export type Platform = Readonly<{
  folder: Folder
  log: EventLog
  chunks: ChunkStore
  /** What deciders remember of the streams that they decided on. */
  memory: Memory
  /** The moment that decisions are made at: the wall clock's, or that of data played as it arrived. */
  moment: Clock
  /** What the live lane knows. */
  folds: { readonly [F in keyof Live['folds']]: Pick<Live['folds'][F], 'state'> }
  arrived: Pick<Live['arrived'], 'about'>
  store: Pick<Live['store'], 'asOf' | 'lookup' | 'settled' | keyof Newest>
  models: Live['models']
  markets: Pick<Live['markets'], 'of'>
  /** Which data sets are overdue at a moment, without an alarm. */
  overdueAt: Live['overdueAt']
  /** Follows the log in every lane until nothing new follows from it. */
  drain: () => Promise<Position>
  lanes: Pick<Lanes, 'live' | 'settle' | 'isAt' | 'answered' | 'wake' | 'status' | 'expect'>
  /** How far every answer in the log is known to be what follows. */
  confirmed: () => Promise<Position>
  inTurn: InTurn
  meter: Pick<Meter, 'acted'>
  views: ProjectionRunner
  close: () => Promise<void>
}>

/**
 * Opens a platform for writing and brings its lanes up to date.
 * @param options.moment the wall clock unless data are played
 * @param options.threads whether the slow lanes have threads of their own: what they have to do is not waited for then
 * @param options.hangMillis how long such a thread may be at one event; the live lane too, where the process is supervised
 * @param options.isSupervised whether the process may be ended where the live lane hangs: somebody starts it again
 * @param options.due when the lanes take snapshots
 * @param options.nodes which lanes are worked here, where several machines share the log
 * @throws Refusal `log.second-writer`, `log.newer-version`, `lane.elsewhere`, `lane.lost`, and `seal.diverged` for a log that was cut off
 */
export async function openPlatform(
  options: Readonly<{
    path: string
    moment?: Clock
    threads?: boolean
    hangMillis?: number
    isSupervised?: boolean
    meter?: Meter
    due?: Due
    /** Where several machines share the log: which lanes this one works. */
    nodes?: Nodes
  }>,
): Promise<Platform> {
  const { path, moment, threads = false, hangMillis, meter = NO_METER, due, nodes } = options
  const { isSupervised = false } = options
  const folder = folderAt(path)
  makeFolders(folder)
  const chunks = await openChunksForWriting(folder)
  const alone = nodes === undefined ? await holdAlone(path) : null
  const opened = await openLog(folder, chunks).catch(async (error) => {
    await alone?.close()
    throw error
  })
  const log = metered((nodes ?? alone)?.guarded(opened) ?? opened, meter)
  let watch: LiveWatch | null = null
  const letGo = async (): Promise<void> => {
    await watch?.close()
    await alone?.close()
  }
  const lettingGo = (platform: Platform): Platform => ({
    ...platform,
    close: () => platform.close().finally(letGo),
  })
  try {
    watch = await openLiveWatch({ folder, log, isSupervised, hangMillis })
    const parts = {
      folder,
      log,
      chunks,
      states: openViewStore(folder),
      cursors: (lane: LaneName) => confirmedCursor(folder, log, lane),
      due,
      snapshots: (lane: LaneName) =>
        snapshotFiles({ folder, lane, log, due, key: () => snapshotKey(log.seal, lane) }),
      threads,
      hangMillis,
      onTask: watch?.onTask,
      meter,
      shared: nodes?.shared(log),
    }
    if (moment !== undefined) return lettingGo(await assemble({ ...parts, moment, onEvent: meter.took }))
    const clock = notBefore(wallClock, (await log.head()).recordedAt)
    const onEvent = (event: Recorded) => {
      clock.advanceTo(event.recordedAt)
      meter.took(event)
    }
    return lettingGo(await assemble({ ...parts, moment: clock, onEvent }))
  } catch (error) {
    // Whoever is refused leaves the lock to the next.
    await log.close()
    await letGo()
    throw error
  }
}

/** What a platform is put together from: adapters, whatever they keep their bytes in. */
type Parts = Readonly<{
  folder: Folder
  log: EventLog
  chunks: ChunkStore
  states: ProjectionStore
  cursors: (lane: LaneName) => Cursor
  snapshots?: (lane: LaneName) => SnapshotStore
  due?: Due | undefined
  moment: Clock
  threads?: boolean
  hangMillis?: number | undefined
  /** Told of every event that the live lane takes in. */
  onEvent?: (event: Recorded) => void
  /** Told of what the live lane is at. */
  onTask?: LiveWatch['onTask'] | undefined
  shared?: ReturnType<Nodes['shared']> | undefined
  meter?: Pick<Meter, 'acted'>
}>

/** Wires a platform, and brings its lanes up to date: those that have threads go on by themselves. */
export async function assemble(parts: Parts): Promise<Platform> {
  const { log, chunks, folder, states, moment, meter = NO_METER } = parts
  let live: Live
  const lanes = openLanes({
    ...parts,
    wireLive() {
      live = wireLive(chunks)
      return live.processors
    },
  })
  try {
    await (parts.threads ? lanes.live() : lanes.drain())
  } catch (error) {
    // A thread that was started would keep the process alive.
    await lanes.close()
    throw error
  }
  if (parts.threads) lanes.wake()
  return {
    // The live lane may begin anew, with a memory of its own.
    folds: {
      datasets: { state: () => live.folds.datasets.state() },
      features: { state: () => live.folds.features.state() },
      experiments: { state: () => live.folds.experiments.state() },
      registry: { state: () => live.folds.registry.state() },
      shadows: { state: () => live.folds.shadows.state() },
      capital: { state: () => live.folds.capital.state() },
      access: { state: () => live.folds.access.state() },
      quarantine: { state: () => live.folds.quarantine.state() },
      alarms: { state: () => live.folds.alarms.state() },
      claims: { state: () => live.folds.claims.state() },
      spending: { state: () => live.folds.spending.state() },
    },
    arrived: { about: (...asked) => live.arrived.about(...asked) },
    overdueAt: (now) => live.overdueAt(now),
    store: {
      asOf: (...asked) => live.store.asOf(...asked),
      lookup: (...asked) => live.store.lookup(...asked),
      settled: () => live.store.settled(),
      sets: () => live.store.sets(),
      headOf: (set) => live.store.headOf(set),
      entriesOf: (...asked) => live.store.entriesOf(...asked),
    },
    models: {
      all: () => live.models.all(),
      inForce: (model) => live.models.inForce(model),
      trading: (dataset) => live.models.trading(dataset),
    },
    markets: { of: (dataset) => live.markets.of(dataset) },
    folder,
    log,
    chunks,
    moment,
    lanes,
    memory: new Memory(),
    drain: () => lanes.drain(),
    confirmed: async () => lanes.confirmed,
    inTurn: inTurn(),
    meter,
    views: new ProjectionRunner({
      log,
      store: states,
      projections: VIEWS,
      confirmed: () => lanes.confirmed,
      pause: setImmediate,
    }),
    async close() {
      // Whatever fails, whoever opens the log next finds it closed.
      try {
        await lanes.close()
      } finally {
        states.close()
        await log.close()
      }
    },
  }
}
