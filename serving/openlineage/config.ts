/** Where lineage is told outside Asof: Marquez, DataHub, or whatever else takes OpenLineage over HTTP. */
import { z } from 'zod'
import { bearerShape, everySeconds, hasOneToken, httpAddress, TWO_TOKENS } from '../notify/config.ts'

export const openlineageConfig = z
  .strictObject({
    /** Where events are posted, whole: `http://marquez:5000/api/v1/lineage`. */
    url: httpAddress,
    ...bearerShape,
    /** Of all that is not a file; `asof://` and the log's identity unless said. Two logs under one namespace are one there. */
    namespace: z
      .string()
      .regex(/^[a-z][a-z0-9+.-]*:\/\/\S{1,200}$/, 'write a namespace such as asof://research')
      .optional(),
    everySeconds: everySeconds.default(5),
  })
  .refine(hasOneToken, TWO_TOKENS)
export type OpenlineageConfig = z.infer<typeof openlineageConfig>
