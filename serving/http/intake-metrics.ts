/** The intake in `/metrics`: for each topic, how much is left to read and whether it is read. */
import { Gauge, type Registry } from 'prom-client'
import type { OpenIntake, TopicView } from '../intake/open.ts'

export function meterIntake({ status }: Pick<OpenIntake, 'status'>, registry: Registry): void {
  const gauge = (name: string, help: string, value: (topic: TopicView) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ['topic', 'dataset'],
      registers: [registry],
      collect() {
        this.reset()
        for (const view of status()) {
          const { topic, dataset } = view
          const measured = value(view)
          if (measured !== null) this.set({ topic, dataset }, measured)
        }
      },
    })
  gauge('asof_intake_lag_messages', 'How many offsets of the topic are not read yet.', ({ lag }) => lag)
  gauge(
    'asof_intake_connected',
    '1 while the topic is read, 0 while something is waited for.',
    ({ state }) => (state === 'reading' ? 1 : 0),
  )
  gauge(
    'asof_intake_stopped',
    '1 where somebody has to mend something before the topic is read on.',
    ({ state }) => (state === 'stopped' ? 1 : 0),
  )
}
