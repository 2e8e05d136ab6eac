/** A machine that acts on a log that it shares: it holds the lease of the live lane, and works slow lanes or follows those that work them. */
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Lease, Progress } from '../../streams/log/kurrentdb/lease.ts'
import type { EventLog } from '../../streams/log/port.ts'
import type { Lane } from '../lanes/lane.ts'
import type { Lanes } from '../lanes/lanes.ts'
import type { LaneName, SlowLane } from '../lanes/names.ts'
import type { InTurn } from '../turn.ts'
import { LeasedLane } from './leased.ts'
import { type Leases, leasesIn } from './leases.ts'
import { progressOf } from './progress.ts'

/** What is needed of a platform. */
type Acting = Readonly<{ log: EventLog; lanes: Pick<Lanes, 'status' | 'isAt' | 'settle'>; inTurn: InTurn }>

/** What a platform is opened with where several machines share its log. */
export type Nodes = Readonly<{
  /** The log as long as the live lane is worked here. */
  guarded: (log: EventLog) => EventLog
  shared: (log: EventLog) => (lane: SlowLane, open: () => Lane) => Lane
  /** Says how far the live lane has got, and has it follow what others append. Rejects when another machine has taken it over. */
  follow: (platform: Acting) => Readonly<{ lost: Promise<never>; end: () => Promise<void> }>
}>

const TELL_MILLIS = 25

/**
 * Waits until no other machine works the live lane, and takes it.
 * @param waiting told once who works it, where somebody does
 * @returns null where `stop` came first
 */
export async function takeLive(
  leases: Leases,
  stop: AbortSignal,
  waiting: (node: string) => void,
): Promise<Lease | null> {
  const lease = await leases.of('live')
  let isTold = false
  while (!stop.aborted) {
    const { told } = lease
    // Nothing is known yet of where the log ends: the last word on the lane stands.
    if (await lease.take(saidOf(lease))) return lease
    if (!isTold && told !== null) waiting(told.node)
    isTold = true
    await new Promise((resolve) => setTimeout(resolve, Math.min(leases.millis / 10, 500)))
  }
  await lease.close(null)
  return null
}

/** @param wanted the lanes that this machine may work; it holds the lease of the live one */
export async function liveNode(leases: Leases, live: Lease, wanted: readonly LaneName[]): Promise<Nodes> {
  const slow: Record<SlowLane, Lease> = {
    research: await leases.of('research'),
    gate: await leases.of('gate'),
  }
  const held = holding(leases, live)
  return {
    guarded: held.guarded,
    shared: (log) => (lane, open) =>
      new LeasedLane({
        ...{ lane, log, lease: slow[lane], leaseMillis: leases.millis },
        open: wanted.includes(lane) ? open : null,
      }),
    follow(platform) {
      held.cease()
      const stop = new AbortController()
      const lost = Promise.race([
        tell(platform, { live, leaseMillis: leases.millis, stop: stop.signal }).then(
          () => forever(),
          () => Promise.reject(takenFrom(live)),
        ),
        settleAll(platform),
      ])
      lost.catch(() => undefined)
      return {
        lost,
        async end() {
          stop.abort()
          await live.close(live.told)
        },
      }
    },
  }
}

const takenFrom = (live: Lease): Refusal =>
  refuse('lane.taken', { lane: 'live', node: live.told?.node ?? 'another machine' })

type Holding = Pick<Nodes, 'guarded'> & Readonly<{ cease: () => void }>

/** Keeps the live lane's lease, also while a platform is opened, which may take long; and lets nobody append without it. */
function holding({ millis }: Leases, live: Lease): Holding {
  const keeping = setInterval(() => {
    live.renew(saidOf(live)).catch(() => undefined)
  }, millis / 4).unref()
  return {
    guarded: (log) => ({
      ...log,
      get durableTo() {
        return log.durableTo
      },
      async append(batch, once) {
        // Whoever was busy or asleep for too long asks whether anybody has noticed.
        if (!live.isHeld && !(await live.renew(saidOf(live)))) throw takenFrom(live)
        return log.append(batch, once)
      },
    }),
    cease: () => clearInterval(keeping),
  }
}

/** How much longer than a lease whoever wants to act at once waits for it: the machine that held it may have been killed. */
const LONGER_MILLIS = 1_000

/**
 * The live lane of a log that other machines may have, for a program that works all of it. Null for a log that is on no server.
 * @throws Refusal `lane.elsewhere` where another machine works it
 */
export async function holdAlone(
  path: string,
): Promise<(Pick<Nodes, 'guarded'> & { close: () => Promise<void> }) | null> {
  const leases = await leasesIn(path)
  if (leases === null) return null
  let other = 'another machine'
  const waiting = (node: string) => {
    other = node
  }
  const lease = await takeLive(leases, AbortSignal.timeout(leases.millis + LONGER_MILLIS), waiting)
  if (lease === null) throw refuse('lane.elsewhere', { lane: 'live', node: other })
  const { guarded, cease } = holding(leases, lease)
  return {
    guarded,
    async close() {
      cease()
      await lease.close(lease.told)
    },
  }
}

/** What was said last, to be said again. */
const saidOf = ({ told }: Lease): Progress => ({ progress: told?.progress ?? '', head: told?.head ?? 0 })

const forever = (): Promise<never> => new Promise<never>(() => undefined)

const livePosition = ({ lanes }: Pick<Acting, 'lanes'>): number =>
  lanes.status().find(({ lane }) => lane === 'live')?.position ?? 0

type Telling = Readonly<{ live: Lease; leaseMillis: number; stop: AbortSignal }>

/** Rejects once the lease is lost. */
async function tell(
  platform: Pick<Acting, 'log' | 'lanes'>,
  { live, leaseMillis, stop }: Telling,
): Promise<void> {
  let [told, atMillis] = [0, Number.NEGATIVE_INFINITY]
  while (!stop.aborted) {
    const position = livePosition(platform)
    const isDue = performance.now() - atMillis > leaseMillis / 4
    if (isDue || position !== told) {
      ;[told, atMillis] = [position, performance.now()]
      const isKept = await live
        .renew(await progressOf(platform.log, 'live', position))
        .catch(isHeldThough(live))
      if (!isKept && !stop.aborted) throw new Error('it was taken')
    }
    await new Promise((resolve) => setTimeout(resolve, TELL_MILLIS))
  }
}

/** A server that is away is waited for as long as the lease lasts. */
const isHeldThough =
  (live: Lease) =>
  (error: unknown): boolean => {
    if (!(error instanceof Refusal)) throw error
    return live.isHeld
  }

/** What other machines append leads to something in the live lane too. */
async function settleAll({ log, lanes, inTurn }: Acting): Promise<never> {
  const { position } = await log.head()
  for await (const _ of log.subscribe(position + 1)) {
    if (lanes.isAt(await log.head())) continue
    await inTurn(() => lanes.settle()).catch(() => undefined)
  }
  return forever()
}
