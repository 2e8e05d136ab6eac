/** Whether jobs may be begun: the place where they run is there, and whoever asks has not spent what he may. */
import type { Platform } from '../platform.ts'
import { assertWithinBudget } from './budget.ts'
import type { Site } from './site.ts'

/** @throws Refusal `trainer.over-budget`, `trainer.no-sandbox`, `trainer.ray-away`, `trainer.ray-refused` */
export async function assertMayTrain(
  { folds, moment }: Pick<Platform, 'folds' | 'moment'>,
  site: Site,
  { trainer, subject }: Readonly<{ trainer: string; subject: string }>,
): Promise<void> {
  assertWithinBudget(site.config, { ...folds.spending.state(), subject, at: moment.nowMicros() })
  await site.poolFor(trainer).executor.assertReady()
}
