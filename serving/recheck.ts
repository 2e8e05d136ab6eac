/** Makes a gate report again from the log before a promotion rests on it: what stands there may have been taken as it stands. */
import type { Position } from '../schemas/envelope.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { causeOf } from '../schemas/reaction.ts'
import { overlay } from './overlay.ts'
import type { Platform } from './platform.ts'
import { replay } from './replay.ts'
import { wireAll } from './wire.ts'

/** @throws Refusal `model.report-differs` for a report that does not follow from what stands before it */
export async function assertFollows(
  { log, chunks }: Pick<Platform, 'log' | 'chunks'>,
  { model, position }: Readonly<{ model: string; position: Position }>,
): Promise<void> {
  for await (const [report] of log.readAll(position, { positionAtMost: position })) {
    const processors = wireAll(overlay(chunks))
    const { first } = await replay(log, processors, { from: causeOf(report.commandId), to: position })
    if (first === null) return
    const { type, detail } = first
    throw refuse('model.report-differs', {
      model,
      position,
      problem: `${type} at ${first.position}: ${detail}`,
    })
  }
}
