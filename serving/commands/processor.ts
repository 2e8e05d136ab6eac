/** Commands on what processors failed at: it is tried again, or waived by a member of the committee. */
import { z } from 'zod'
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Retried, Waived } from '../../schemas/events/processor.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import { WAIVER_TYPE } from '../../schemas/waiver.ts'
import { processorStream } from '../../streams/quarantine.ts'
import { laneWith } from '../lanes/names.ts'
import type { Platform } from '../platform.ts'
import { recordWaiver, retryQuarantined, waiverStatement } from '../quarantine.ts'
import { type Acting, defineCommand } from './definition.ts'
import { assertSame } from './recorded.ts'

type Retry = z.infer<typeof Retried.data>
type RetriedAnswer = Readonly<{ processor: string; cause: number; failedAgain: boolean }>

export const processorRetry = defineCommand<Retry, RetriedAnswer>({
  name: 'processor.retry',
  about: 'Have a processor take in an event that it failed at, after what it has met since.',
  input: Retried.data,
  permission: 'operate',
  isLong: true,
  async act(platform, what, act) {
    const handled = await retryQuarantined(platform, what, act)
    const { processor, cause } = what
    const isSame = (event: Recorded) => isEvent(Retried, event) && event.data.cause === cause
    if (!handled.changed) await assertSame(platform.log, spentBy(processor, 'processor.retry', act), isSame)
    // Of the lanes, the one that it is in alone: another may be at work for hours.
    const lane = laneWith(processor)
    await platform.lanes.answered(handled.position, lane === 'live' ? [] : [lane])
    return { ...handled, answer: { processor, cause, failedAgain: isWaiting(platform, what) } }
  },
})

const spentBy = (processor: string, command: string, { commandId }: Acting) => ({
  stream: processorStream(processor),
  commandId,
  command,
})

const isWaiting = ({ folds }: Platform, { processor, cause }: Pick<Retry, 'processor' | 'cause'>): boolean =>
  folds.quarantine
    .state()
    .items.some((one) => one.status === 'waiting' && one.processor === processor && one.cause === cause)

const waiving = z.strictObject({
  processor: z.string(),
  cause: z.int().positive(),
  member: name,
  reason: z.string(),
})

export const processorWaive = defineCommand<
  z.infer<typeof Waived.data>,
  z.infer<typeof waiving>,
  z.infer<typeof waiving>
>({
  name: 'processor.waive',
  about:
    'Record what a member of the committee signed: nothing will follow from an event that a processor failed at.',
  input: Waived.data,
  permission: 'approval.sign',
  async act(platform, waiver, act) {
    const { processor, cause, member, reason } = waiver
    const handled = await recordWaiver(platform, waiver, act)
    const isSame = (event: Recorded) => isEvent(Waived, event) && event.data.cause === cause
    if (!handled.changed) await assertSame(platform.log, spentBy(processor, 'processor.waive', act), isSame)
    return { ...handled, answer: { processor, cause, member, reason } }
  },
  prepare: {
    type: WAIVER_TYPE,
    input: waiving,
    async of(platform, said) {
      const { processor, cause } = said
      // Nobody signs ahead of what may fail one day.
      if (!isWaiting(platform, said)) throw refuse('quarantine.nothing-waits', { processor, cause })
      return { statement: waiverStatement(platform, said), already: null }
    },
  },
})
