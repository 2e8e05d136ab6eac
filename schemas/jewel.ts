/** What is guarded, by an explicit id: no id stands for several things, and none has a pattern in it. */
import { z } from 'zod'

export const JEWEL_KINDS = ['run', 'logged-model', 'model', 'features', 'training-set', 'report'] as const
export type JewelKind = (typeof JEWEL_KINDS)[number]

/**
 * `run:ID` and `logged-model:ID` (their files), `model:NAME` (the file of a model in force), `features:SET@VERSION` (values in bulk),
 * `training-set:NAME` and `report:DIGEST`.
 */
export const jewel = z
  .string()
  .max(400)
  .regex(
    new RegExp(`^(?:${JEWEL_KINDS.join('|')}):[^\\p{Cc}\\p{Cf}]+$`, 'u'),
    `write a kind (${JEWEL_KINDS.join(', ')}), a colon and an id`,
  )
export type Jewel = z.infer<typeof jewel>

export const jewelOf = (kind: JewelKind, id: string): Jewel => `${kind}:${id}`

export const kindOf = (one: Jewel): JewelKind =>
  JEWEL_KINDS.find((kind) => one.startsWith(`${kind}:`)) ?? 'run'

/** How it goes out: files of runs and models, values in bulk, the gate's reports, and what lies in a run or model, by name. */
export type Hands = 'artifact' | 'features' | 'report' | 'listing'
