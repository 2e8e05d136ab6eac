/** The command that says where reading a topic goes on: behind what is gone, or once more from an earlier offset. */
import { z } from 'zod'
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { OffsetsMoved } from '../../schemas/events/intake.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { moveOffsets } from '../intake/acts.ts'
import { topicState } from '../intake/standing.ts'
import { defineCommand } from './definition.ts'
import { assertSame } from './recorded.ts'

const moving = z.strictObject({
  dataset: z.string(),
  topic: z.string(),
  /** Of the brokers; the one that was read from unless it is given. */
  cluster: z.string().optional(),
  partitions: z
    .array(z.strictObject({ partition: z.int().nonnegative(), to: z.int().nonnegative() }))
    .min(1)
    .refine((all) => new Set(all.map(({ partition }) => partition)).size === all.length, {
      message: 'a partition is named twice',
    }),
  reason: z.string().trim().min(1),
})
type Moving = z.infer<typeof moving>

export const dataMoveOffsets = defineCommand<Moving, Omit<Moving, 'reason'>>({
  name: 'data.move-offsets',
  about:
    'Say where reading a topic goes on: behind messages that are gone, or once more from an earlier one.',
  input: moving,
  permission: 'data.write',
  async act(platform, { dataset, topic, cluster: given, partitions, reason }, act) {
    const cluster = given ?? (await topicState(platform, { dataset, topic }))?.cluster
    if (cluster === undefined) throw refuse('intake.no-topic', { topic, dataset })
    const moved = { topic, cluster, partitions, reason }
    const handled = await moveOffsets(platform, { dataset, moved }, act)
    if (!handled.changed && act.given !== undefined) {
      const spent = { stream: `data-${dataset}`, commandId: act.commandId, command: 'data.move-offsets' }
      const isSame = (event: Recorded) => isEvent(OffsetsMoved, event) && event.data.topic === topic
      await assertSame(platform.log, spent, isSame)
    }
    return { ...handled, answer: { dataset, topic, cluster, partitions } }
  },
})
