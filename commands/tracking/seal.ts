/** The seal of what somebody says piece by piece: a digest over all pieces in their order, so that none is changed or left out. */
import type { Draft } from '../../schemas/envelope.ts'
import { digestOf, sha256 } from '../../schemas/kernel/canonical.ts'

/** The digest after one more event. Files and chunks are in an event's data by their own digests. @param before empty at the start */
export const sealOver = (before: string, { type, data }: Pick<Draft, 'type' | 'data'>): string =>
  sha256(`${before}\n${digestOf({ type, data })}`)
