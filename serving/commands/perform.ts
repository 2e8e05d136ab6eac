/** Performs a command of the table: what was sent is held to its schema, and the act gets its id. */
import { z } from 'zod'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Platform } from '../platform.ts'
import { halfCharacterIn } from '../whole-text.ts'
import type { Acting, CommandDefinition, Done } from './definition.ts'

/**
 * An id that a caller gives to a command, so that it is done once however often it is sent. It has no slash: ids with one are
 * those of processors.
 */
export const commandId = z.string().regex(/^[\w.:-]{1,128}$/, 'write 1 to 128 letters, digits, _ . : or -')

/** Who asks, the caller's own id of the command where there is one, and who hears of it. `named`: the id that its events have. */
export type Asked = Omit<Acting, 'commandId' | 'given'> &
  Readonly<{ id?: string | undefined; named?: (commandId: string) => void }>

/** @throws Refusal `command.malformed`, naming every key that is wrong; and what the command refuses with */
export async function perform<I, A, Q>(
  platform: Platform,
  command: CommandDefinition<I, A, Q>,
  { input, asked }: Readonly<{ input: unknown; asked: Asked }>,
): Promise<Done<A>> {
  const { id, named, ...acting } = asked
  const checked = inputOf(command.name, command.input, input)
  const commandId = await idOf(platform, command.name, { id, checked })
  named?.(commandId)
  return command.act(platform, checked, { ...acting, commandId, given: id })
}

/** What was sent, as the schema has it. @throws Refusal `command.malformed` */
export function inputOf<I>(name: string, schema: z.ZodType<I>, input: unknown): I {
  const half = halfCharacterIn(input)
  if (half !== null)
    throw refuse('command.malformed', {
      command: name,
      problems: `${half || 'the input'} has half of a character`,
    })
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues
    .slice(0, 20)
    .map(({ path, message }) => `${path.join('.') || 'the input'}: ${message}`)
  throw refuse('command.malformed', { command: name, problems: problems.join('; ') })
}

/**
 * The caller's id, under the name of the command; else one of the content and of the head at which it is asked for. Neither
 * can be the id of another command, nor of an answer.
 */
async function idOf(
  { log }: Platform,
  name: string,
  { id, checked }: Readonly<{ id: string | undefined; checked: unknown }>,
): Promise<string> {
  if (id !== undefined) return `${name}:${id}`
  const { position } = await log.head()
  return `${name}:${digestOf(checked).slice(0, 24)}@${position}`
}
