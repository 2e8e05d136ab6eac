/** Runs as they stand when something is asked of them. */
import type { TrackedRun, TrackingState } from '../../projections/tracking/runs.ts'
import { refuse } from '../../schemas/kernel/fault.ts'

/** @throws Refusal `tracking.unknown-run` */
export function runIn({ runs }: TrackingState, run: string): TrackedRun {
  const found = runs.get(run)
  if (found === undefined) throw refuse('tracking.unknown-run', { run })
  return found
}
