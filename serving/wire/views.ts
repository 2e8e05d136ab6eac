/** Every view there is. */
import { access } from '../../projections/access/access.ts'
import { alarms } from '../../projections/alarm/alarms.ts'
import { capital } from '../../projections/capital/capital.ts'
import { claims } from '../../projections/claim/claims.ts'
import { datasets } from '../../projections/data/datasets.ts'
import { drift } from '../../projections/drift/drift.ts'
import { costs } from '../../projections/experiment/costs.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { features } from '../../projections/feature/features.ts'
import { lineage } from '../../projections/lineage/lineage.ts'
import { registry } from '../../projections/model/registry.ts'
import { shadows } from '../../projections/model/shadows.ts'
import { predictions } from '../../projections/prediction/predictions.ts'
import { quarantine } from '../../projections/processor/quarantine.ts'
import type { Projection } from '../../projections/projection.ts'

/** Every view that can be asked for, live or as it was. */
export const VIEWS: readonly Projection<unknown>[] = [
  datasets,
  features,
  experiments,
  costs,
  registry,
  shadows,
  predictions,
  drift,
  alarms,
  capital,
  access,
  quarantine,
  lineage,
  claims,
].map((view) => view as Projection<unknown>)
