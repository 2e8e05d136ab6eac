/** What is done to a data set that comes from a topic: an arrival is recorded with its offsets, or reading is sent elsewhere. */
import { type Arrival, dataset } from '../../commands/data/dataset.ts'
import type { Moved, Taken } from '../../commands/data/offsets.ts'
import { type Act, by } from '../act.ts'
import type { Platform } from '../platform.ts'

/** Records an arrival from a topic together with the offsets that it consists of. */
export const arriveFromTopic = (
  platform: Platform,
  { arrival, taken }: Readonly<{ arrival: Arrival; taken: Taken }>,
  act: Act,
) =>
  by(dataset)(platform, {
    stream: `data-${arrival.dataset}`,
    command: () => ({ kind: 'arrive', arrival, taken }),
    ...act,
  })

/** Says where reading a topic goes on. */
export const moveOffsets = (
  platform: Platform,
  { dataset: name, moved }: Readonly<{ dataset: string; moved: Moved }>,
  act: Act,
) =>
  by(dataset)(platform, {
    stream: `data-${name}`,
    command: () => ({ kind: 'move', dataset: name, moved }),
    ...act,
  })
