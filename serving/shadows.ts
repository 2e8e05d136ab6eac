/** What people do to challengers: each act is one command, decided on its run's own stream. */
import type { Handled } from '../commands/handle.ts'
import { shadow } from '../commands/model/shadow.ts'
import { type Act, by } from './act.ts'
import { tradingOnly } from './live-models.ts'
import type { Platform } from './platform.ts'

type Challenging = Readonly<{ model: string; run: string }>

/** Apart from what the challenger says, which is much. */
const streamOf = (run: string): string => `shadowing-${run}`

const runningIn = (platform: Platform, { model, run }: Challenging): boolean =>
  platform.folds.shadows.state().running[run]?.model === model

export const startShadow = (platform: Platform, what: Challenging, act: Act): Promise<Handled> =>
  by(shadow)(platform, {
    stream: streamOf(what.run),
    command: () => {
      const { experiments, registry, shadows } = platform.folds
      const record = experiments.state().runs[what.run]
      const set = experiments.state().trainingSets[record?.spec.trainingSet ?? '']
      const report = registry.state().models[what.model]?.reports[record?.artifact ?? '']
      return {
        ...{ kind: 'start', ...what, record },
        report: report?.report ?? null,
        dataset: set?.spec.label.dataset ?? null,
        champion: tradingOnly(platform.models).inForce(what.model) ?? null,
        running: Object.values(shadows.state().running).filter(({ model }) => model === what.model).length,
      } as const
    },
    done: () => runningIn(platform, what),
    ...act,
  })

export const endShadow = (platform: Platform, what: Challenging, act: Act): Promise<Handled> =>
  by(shadow)(platform, {
    stream: streamOf(what.run),
    command: () => ({ kind: 'end', ...what }),
    done: () => !runningIn(platform, what),
    ...act,
  })
