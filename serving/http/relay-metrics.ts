/** The relay in `/metrics`: how far the log is published, how much is not, and whether it works. */
import { Gauge, type Registry } from 'prom-client'
import type { Platform } from '../platform.ts'
import type { OpenRelay } from '../relay/open.ts'

export function meterRelay(
  { status }: Pick<OpenRelay, 'status'>,
  log: Pick<Platform['log'], 'head'>,
  registry: Registry,
): void {
  const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await value())
      },
    })
  gauge('asof_relay_position', 'Up to which position the log is published.', () => status().position)
  gauge('asof_relay_lag_events', 'How many events are not published yet.', async () => {
    const { position } = await log.head()
    return position - status().position
  })
  gauge('asof_relay_connected', '1 while the relay publishes, 0 while it waits for the broker.', () =>
    status().state === 'publishing' ? 1 : 0,
  )
  gauge('asof_relay_stopped', '1 where somebody has to mend something before the relay goes on.', () =>
    status().state === 'stopped' ? 1 : 0,
  )
  gauge(
    'asof_relay_reopened',
    'How often the relay connected anew since the process began.',
    () => status().reopened,
  )
}
