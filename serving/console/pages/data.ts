/** Data sets: what has come in, what was set apart and why, and what processors could not take. */
import { datasets } from '../../../projections/data/datasets.ts'
import { quarantine } from '../../../projections/processor/quarantine.ts'
import type { Past } from '../past.ts'

/** Of the arrivals of a set, so many are shown, the newest first. */
const LATEST_ARRIVALS = 200

export async function dataPage({ view }: Past) {
  const [sets, set] = await Promise.all([view(datasets), view(quarantine)])
  return {
    datasets: Object.entries(sets.datasets).map(([dataset, { arrivals, rows, rowsQuarantined, spec }]) => ({
      dataset,
      rows,
      rowsQuarantined,
      arrivals: arrivals.length,
      latest: arrivals.at(-1) ?? null,
      isTraded: spec.prices !== null,
    })),
    quarantine: set.items.toReversed(),
  }
}

/** Null for a set that was not there. */
export async function datasetPage({ view }: Past, { name }: Readonly<{ name: string }>) {
  const { datasets: sets } = await view(datasets)
  if (!Object.hasOwn(sets, name)) return null
  const { spec, rows, rowsQuarantined, reasons, arrivals } = sets[name]
  return {
    dataset: name,
    ...{ spec, rows, rowsQuarantined },
    arrivals: arrivals.length,
    reasons: Object.entries(reasons)
      .map(([reason, count]) => ({ reason, rows: count }))
      .toSorted((a, b) => b.rows - a.rows),
    latest: arrivals.slice(-LATEST_ARRIVALS).toReversed(),
  }
}
