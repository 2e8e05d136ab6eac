/** What is over is taken out: a model in force by a member's signature, a family of trials and a trainer by whoever may start trials. */
import { family, familyStream } from '../commands/experiment/family.ts'
import { trainer, trainerStream } from '../commands/experiment/trainer.ts'
import type { Handled } from '../commands/handle.ts'
import { model } from '../commands/model/model.ts'
import { evidenceFor, retiredBy } from '../projections/model/registry.ts'
import { weighed } from '../schemas/promotion.ts'
import type { Retirement } from '../schemas/retirement.ts'
import { type Act, by } from './act.ts'
import type { Platform } from './platform.ts'
import { assertValidFor, retirementStatement, signedWith } from './statements.ts'

type Said = Readonly<{ model: string; member: string; reason: string }>

/** Signs a retirement with the member's own key, and makes it. @param said.privateKey PKCS#8 PEM */
export const retireModel = (
  platform: Platform,
  { privateKey, ...said }: Said & Readonly<{ privateKey: string }>,
  act: Act,
) => retireSigned(platform, signedWith(retirementStatement(platform, said), privateKey), act)

/** Takes the model that is in force out of it, as a member signed. What it holds is sold at the next close. */
export function retireSigned(platform: Platform, retirement: Retirement, act: Act): Promise<Handled> {
  const { model: name, artifact, inForce } = retirement
  const registry = platform.folds.registry.state
  return by(model)(platform, {
    stream: `model-${name}`,
    command: () => {
      const evidence = evidenceFor(registry(), name, artifact)
      assertValidFor(retirement, weighed(evidence, platform.moment.nowMicros()).at)
      const live = registry().models[name]?.live ?? null
      return { kind: 'retire', retirement, live, evidence }
    },
    done: () => {
      const view = registry().models[name]
      return view !== undefined && (retiredBy(view)?.position ?? 0) > inForce
    },
    ...act,
  })
}

/** No trial is started in the family any more. */
export const retireFamily = (
  platform: Platform,
  { family: name, reason }: Readonly<{ family: string; reason: string }>,
  act: Act,
): Promise<Handled> =>
  by(family)(platform, {
    stream: familyStream(name),
    command: () => {
      const families = Object.keys(platform.folds.experiments.state().families)
      return { family: name, reason, families }
    },
    done: () => Object.hasOwn(platform.folds.experiments.state().retired, name),
    ...act,
  })

/** No trial is started with the trainer any more. */
export const retireTrainer = (
  platform: Platform,
  what: Readonly<{ trainer: string; reason: string }>,
  act: Act,
): Promise<Handled> =>
  by(trainer)(platform, {
    stream: trainerStream(what.trainer),
    command: () => ({ kind: 'retire', ...what }),
    done: () => platform.folds.experiments.state().trainers[what.trainer]?.retired != null,
    ...act,
  })
