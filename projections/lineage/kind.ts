/** A kind of event as lineage keeps it. */
import type { Recorded } from '../../schemas/envelope.ts'
import type { EventDefinition, EventOf } from '../../schemas/event.ts'

/** A fact that names another event or thing: small, and the same for each event of a type. */
export type Facts = Readonly<Record<string, string | number | readonly string[] | null>>

export type Kind = Readonly<{
  type: string
  /** What a person calls it. */
  noun: string
  /** Whose it is: the data set, the model, the run. */
  name: (event: Recorded) => string
  /** Numbers that are kept of each event, of which there are many. */
  columns: (event: Recorded) => Readonly<Record<string, number>>
  /** What is kept of an event that people or runs make, of which there are few. */
  facts: ((event: Recorded) => Facts) | null
}>

type Shape<E> = Readonly<{
  noun: string
  name: (event: E) => string
  columns?: (event: E) => Readonly<Record<string, number>>
  facts?: (event: E) => Facts
}>

export function kind<D extends EventDefinition>(definition: D, shape: Shape<EventOf<D>>): Kind {
  const { noun, name, columns = () => ({}), facts = null } = shape as unknown as Shape<Recorded>
  return { type: definition.type, noun, name, columns, facts }
}
