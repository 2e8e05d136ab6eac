/** Where a witness is asked, and the key that it signs with. */
import { z } from 'zod'
import { isWitnessKey } from '../../streams/log/witness/cosignature.ts'

export const witnessConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Its public key, as it prints it: `name+id+base64`. */
  key: z.string().refine(isWitnessKey, { message: 'it is no public key of a witness (name+id+base64)' }),
})
