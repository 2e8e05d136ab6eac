/** What is measured of a running platform, as it happens. It measures; it decides nothing. */
import { performance } from 'node:perf_hooks'
import type { Position, Recorded } from '../schemas/envelope.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import type { EventLog } from '../streams/log/port.ts'

/** Hears of measurements; whoever keeps them gives them a form. */
export interface Meter {
  /** What was waited for was durable after so long. */
  durable(seconds: number): void
  /** The live lane took an event in. */
  took(event: Recorded): void
  /** An act was done, and what follows from it in the live lane. */
  acted(act: Acted): void
}

/** Where the act stands in the log, and when it was begun and done. */
export type Acted = Readonly<{ commandId: string; position: Position; from: Micros; to: Micros }>

export const NO_METER: Meter = { durable: () => undefined, took: () => undefined, acted: () => undefined }

/** Several meters as one. */
export const meters = (all: readonly Partial<Meter>[]): Meter => ({
  durable(seconds) {
    for (const meter of all) meter.durable?.(seconds)
  },
  took(event) {
    for (const meter of all) meter.took?.(event)
  },
  acted(act) {
    for (const meter of all) meter.acted?.(act)
  },
})

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
