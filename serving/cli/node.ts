/** `asof up --lanes ...`: one of several machines that share a log. */
import { once } from 'node:events'
import { LANES, type LaneName, SLOW_LANES } from '../lanes/names.ts'
import { openLaneNode } from '../nodes/lane-node.ts'
import { leasesOf } from '../nodes/leases.ts'
import { liveNode, type Nodes, takeLive } from '../nodes/live-node.ts'

type Asked = Readonly<{
  lanes: readonly LaneName[]
  hangMillis: number
  stop: AbortSignal
  /** What the machine that works the live lane does, until it is stopped. */
  live: (nodes: Nodes) => Promise<void>
}>

/** @throws Refusal `lane.alone`, `lane.taken` */
export async function asNode(path: string, { lanes, hangMillis, stop, live }: Asked): Promise<void> {
  const leases = await leasesOf(path)
  const wanted = LANES.filter((lane) => lanes.includes(lane))
  if (wanted.includes('live')) {
    const told = (node: string) => say(`The live lane is worked by ${node}. Waiting to take it over.`)
    const lease = await takeLive(leases, stop, told)
    if (lease !== null) await live(await liveNode(leases, lease, wanted))
    return
  }
  const slow = SLOW_LANES.filter((lane) => wanted.includes(lane))
  const node = await openLaneNode(path, slow, { leases, hangMillis })
  try {
    say(`Ready for lanes: ${slow.join(', ')} (Ctrl-C ends it)`)
    if (!stop.aborted) await Promise.race([once(stop, 'abort'), node.lost])
  } finally {
    await node.close()
  }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)
