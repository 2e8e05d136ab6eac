/** What clients of Feast ask to be materialized: it is there already, since each arrival is computed as it comes. */
import type { Platform } from '../platform.ts'
import { viewNamed } from './asked.ts'
import { assertKeys, malformed } from './body.ts'
import type { Json } from './port.ts'

const KEYS = [
  'start_ts',
  'end_ts',
  'feature_views',
  'disable_event_timestamp',
  'full_feature_names',
  'version',
]

/** Nothing is left to be done, as long as the views that are named are there. @throws Refusal `feast.malformed`, `feast.unknown-view` */
export function assertMaterialized(body: Json, known: Pick<Platform, 'folds'>): void {
  assertKeys(body, KEYS)
  const { feature_views: views, version } = body
  const [, number] = (typeof version === 'string' && /^[vV](\d{1,9})$/.exec(version)) || []
  if (version != null && number === undefined) throw malformed('version is no version, such as v2')
  if (views == null) return
  if (!Array.isArray(views)) throw malformed('feature_views is no list of names')
  for (const view of views) viewNamed(String(view), number === undefined ? null : Number(number), known)
}
