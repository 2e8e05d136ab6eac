/** A view that follows the log in memory alone: it is folded when a server first asks for it, and stored nowhere. */
import type { Projection } from '../projection.ts'

export type Followed<S> = Omit<Projection<S>, 'parts'>
