/** What is measured of a running platform, as it happens. It measures; it decides nothing. */
import { performance } from 'node:perf_hooks'
import type { Recorded } from '../schemas/envelope.ts'
import type { EventLog } from '../streams/log/port.ts'

/** Hears of measurements; whoever keeps them gives them a form. */
export interface Meter {
  /** An append was durable after so long. */
  appended(seconds: number): void
  /** The live lane took an event in. */
  took(event: Recorded): void
}

export const NO_METER: Meter = { appended: () => undefined, took: () => undefined }

/** A log whose appends are timed. */
export function metered(log: EventLog, meter: Meter): EventLog {
  return {
    ...log,
    async append(batch) {
      const from = performance.now()
      const appended = await log.append(batch)
      meter.appended((performance.now() - from) / 1000)
      return appended
    },
  }
}
