/** `GET /metrics` in the form of Prometheus: where the platform stands, and how fast it works. */
import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { Quarantined } from '../../schemas/events/processor.ts'
import { wallClock } from '../clock.ts'
import { inferenceOf } from '../inference/inference.ts'
import { LANES } from '../lanes/names.ts'
import { newestSnapshot } from '../lanes/snapshots.ts'
import { type Meter, meters } from '../meter.ts'
import type { Platform } from '../platform.ts'

/** From a fast disk to one that hangs. */
const APPEND_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5]

export type Metrics = Readonly<{ meter: Meter; registry: Registry }>

/** Counts from when the process began; what is in the log is not counted anew. @param others what else hears of what is measured */
export function openMetrics(others: readonly Partial<Meter>[] = []): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const durable = new Histogram({
    name: 'asof_durable_seconds',
    help: 'Time that was waited until what was appended was durable.',
    buckets: APPEND_SECONDS,
    registers,
  })
  const events = new Counter({
    name: 'asof_events_total',
    help: 'Events that the live lane took in since the process began, by type.',
    labelNames: ['type'],
    registers,
  })
  const meter: Pick<Meter, 'durable' | 'took'> = {
    durable: (seconds) => durable.observe(seconds),
    took: ({ type }) => events.inc({ type }),
  }
  // Alerts need a series from the first scrape on.
  for (const { type } of [PredictionMade, Quarantined]) events.inc({ type }, 0)
  return { meter: meters([meter, ...others]), registry }
}

/** Gauges that are read from the platform when somebody asks. */
function gauges(platform: Platform, registry: Registry): void {
  const registers = [registry]
  const head = async () => (await platform.log.head()).position
  new Gauge({
    name: 'asof_log_position',
    help: 'The position of the last event of the log.',
    registers,
    async collect() {
      this.set(await head())
    },
  })
  const lanes = (name: string, help: string, of: (one: LaneStatus, position: number) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['lane'],
      registers,
      async collect() {
        const position = await head()
        for (const one of platform.lanes.status()) this.set({ lane: one.lane }, of(one, position))
      },
    })
  lanes('asof_lane_position', 'How far a lane has got.', ({ position }) => position)
  lanes(
    'asof_lane_lag_events',
    'How many events a lane has not taken in yet.',
    (one, at) => at - one.position,
  )
  lanes('asof_lane_stopped', '1 where a lane has failed and stands still.', ({ stopped }) =>
    stopped === null ? 0 : 1,
  )
  new Gauge({
    name: 'asof_snapshot_age_seconds',
    help: 'How long ago a lane last wrote a snapshot; absent where it has none.',
    labelNames: ['lane'],
    registers,
    collect() {
      for (const lane of LANES) {
        const newest = newestSnapshot(platform.folder, lane)
        if (newest !== null) this.set({ lane }, wallClock.nowMicros() / 1e6 - newest.writtenMillis / 1e3)
      }
    },
  })
  new Gauge({
    name: 'asof_quarantine_waiting',
    help: 'Events in quarantine that nobody has tried again or waived.',
    registers,
    collect() {
      const { items } = platform.folds.quarantine.state()
      this.set(items.filter(({ status }) => status === 'waiting').length)
    },
  })
  new Gauge({
    name: 'asof_acts_waiting',
    help: 'Commands that wait for their turn, with the one that has it.',
    registers,
    collect() {
      this.set(platform.inTurn.waiting())
    },
  })
}

/** What models were asked, over every door. */
function inferenceMetrics(platform: Platform, registry: Registry): void {
  const { statistics, admission, models, owed } = inferenceOf(platform)
  new Counter({
    name: 'asof_inference_total',
    help: 'Requests for inference since the process began, by what they came to: answered, or the code of a refusal.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      // Alerts need a series from the first scrape on.
      for (const outcome of ['answered', 'inference.overloaded', 'inference.deadline'])
        this.inc({ outcome }, 0)
      for (const [outcome, count] of statistics.outcomes) this.inc({ outcome }, count)
    },
  })
  new Gauge({
    name: 'asof_inference_run_seconds',
    help: 'What a run of a model in force took for one row when it was first asked for, and whether it is run in a thread.',
    labelNames: ['model', 'thread'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { live, cost } of models.ready()) {
        const { rowMicros, isInThreads } = cost
        this.set({ model: live.model, thread: String(isInThreads) }, rowMicros / 1e6)
      }
    },
  })
  new Gauge({
    name: 'asof_inference_under_way',
    help: 'Requests for inference that were begun and not answered yet.',
    registers: [registry],
    collect() {
      this.set(admission.underWay())
    },
  })
  new Gauge({
    name: 'asof_inference_unrecorded',
    help: 'Answers that were given ahead of the log, and are not recorded yet.',
    registers: [registry],
    collect() {
      this.set(owed.waiting())
    },
  })
}

type LaneStatus = ReturnType<Platform['lanes']['status']>[number]

export function serveMetrics(server: FastifyInstance, platform: Platform, { registry }: Metrics): void {
  gauges(platform, registry)
  inferenceMetrics(platform, registry)
  const notes = {
    permission: null,
    about: 'Metrics in the form of Prometheus.',
    gives: 'text/plain',
  } as const
  server.get('/metrics', { config: { notes } }, async (_, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}
