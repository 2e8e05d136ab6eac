/** Makes a gate report again from the log before a promotion rests on it: what stands there may have been taken as it stands. */
import type { Position } from '../schemas/envelope.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { causeOf } from '../schemas/reaction.ts'
import type { Platform } from './platform.ts'
import { replayLanes } from './replaying/lanes.ts'

/** @throws Refusal `model.report-differs` for a report that does not follow from what stands before it */
export async function assertFollows(
  platform: Pick<Platform, 'folder' | 'log' | 'chunks'>,
  { model, position }: Readonly<{ model: string; position: Position }>,
): Promise<void> {
  for await (const [report] of platform.log.readAll(position, { positionAtMost: position })) {
    const range = { from: causeOf(report.commandId), to: position }
    const { first } = await replayLanes(platform, { ...range, lanes: ['gate'] })
    if (first === null) return
    const { type, detail } = first
    throw refuse('model.report-differs', {
      model,
      position,
      problem: `${type} at ${first.position}: ${detail}`,
    })
  }
}
