/** What a route says of itself beside its handler: who may ask, and what the OpenAPI document tells of it. */
import { z } from 'zod'
import type { Hands } from '../../schemas/jewel.ts'
import type { Permission } from '../../schemas/permission.ts'

export type RouteNotes = Readonly<{
  /** Null: anybody may ask. */
  permission: Permission | null
  /** One sentence. */
  about: string
  /**
   * What is guarded and goes out here, or is named: the answer is sent once that was recorded, and not otherwise. Null or left out:
   * nothing that is guarded.
   */
  hands?: Hands | null | undefined
  /** A program on this machine may use it without showing who it is, as long as nothing is configured. */
  isOpenHere?: boolean
  /** It answers what there is nothing for, so that the OpenAPI document leaves it out. */
  isLeftOut?: boolean
  query?: z.ZodType
  body?: z.ZodType
  headers?: z.ZodType
  /** The media type of what is sent, where it is not JSON. */
  takes?: string
  /** The media type of the answer; JSON unless it is told. */
  gives?: string
  /** Status codes of answers that are no errors, each with a sentence. */
  answers?: Readonly<Record<number, string>>
}>

/** The body of a command: its input, and the caller's id beside it. */
export const withCommandId = (input: z.ZodType, commandId: z.ZodType): z.ZodType =>
  input instanceof z.ZodObject ? input.extend({ commandId: commandId.optional() }) : input

declare module 'fastify' {
  interface FastifyContextConfig {
    notes?: RouteNotes
  }
}
