/** The lanes: each follows the log by itself, with a place and a memory of its own. */
import type { Recorded } from '../../schemas/envelope.ts'
import { RunStarted, TrainingSetRequested } from '../../schemas/events/experiment.ts'
import { ValidationRequested } from '../../schemas/events/model.ts'
import { RunTrained } from '../../schemas/events/trainer.ts'
import { speakerOf } from '../../schemas/reaction.ts'

/** `live`: what predictions and capital rest on. `research`: training sets and runs. `gate`: the reports. */
export const LANES = ['live', 'research', 'gate'] as const
export type LaneName = (typeof LANES)[number]

/** Those that may be slow, with what gives them work. */
export const SLOW = {
  research: [TrainingSetRequested.type, RunStarted.type, RunTrained.type],
  gate: [ValidationRequested.type],
} as const
export type SlowLane = keyof typeof SLOW
export const SLOW_LANES = ['research', 'gate'] as const satisfies SlowLane[]

const LANE_OF: Readonly<Record<string, SlowLane>> = { freeze: 'research', training: 'research', gate: 'gate' }

/** The lane whose processor said an event; null for what people and programs said. */
export function laneOf({ type }: Pick<Recorded, 'type'>): LaneName | null {
  const speaker = speakerOf(type)
  return speaker === null ? null : laneWith(speaker)
}

/** The lane that a processor is in. */
export const laneWith = (processor: string): LaneName => LANE_OF[processor] ?? 'live'
