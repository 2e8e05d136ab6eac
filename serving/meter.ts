/** What is measured of a running platform, as it happens. It measures; it decides nothing. */
import { performance } from 'node:perf_hooks'
import type { Recorded } from '../schemas/envelope.ts'
import type { EventLog } from '../streams/log/port.ts'

/** Hears of measurements; whoever keeps them gives them a form. */
export interface Meter {
  /** What was waited for was durable after so long. */
  durable(seconds: number): void
  /** The live lane took an event in. */
  took(event: Recorded): void
}

export const NO_METER: Meter = { durable: () => undefined, took: () => undefined }

/** A log whose waiting is timed. */
export function metered(log: EventLog, meter: Meter): EventLog {
  return {
    ...log,
    get durableTo() {
      return log.durableTo
    },
    async append(batch, once) {
      const from = performance.now()
      const appended = await log.append(batch, once)
      if (once !== 'written') meter.durable((performance.now() - from) / 1000)
      return appended
    },
    async durable() {
      const from = performance.now()
      await log.durable()
      meter.durable((performance.now() - from) / 1000)
    },
  }
}
