/** Commands that a member signs: the bytes are shown, signed here, and only the signature is sent. The key goes nowhere. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { printable } from '../../schemas/kernel/name.ts'
import type { CommandDefinition, Done } from '../commands/definition.ts'
import { fieldsOf, wordsOf } from '../statement-words.ts'
import { signedWith } from '../statements.ts'
import type { Context } from './context.ts'
import { tellAlreadySo, withSite } from './site.ts'

/**
 * @param asked what the member wants to say
 * @param privateKey PKCS#8 PEM
 * @returns the answer is null where nothing was left to be signed
 */
export async function signedCommand<I, A, Q extends object>(
  context: Context,
  command: CommandDefinition<I, A, Q>,
  { asked, privateKey }: Readonly<{ asked: Q; privateKey: string }>,
): Promise<Done<A | null>> {
  const done = await withSite(context, async (site): Promise<Done<A | null>> => {
    const { statement, already } = await site.prepare(command, asked)
    if (statement === null) return { position: already, changed: false, answer: null }
    const { type, body, said } = statement
    assertAsked({ type, ...fieldsOf(body) }, { ...asked, type: command.prepare?.type })
    if (!context.json) process.stderr.write(`${printable(wordsOf(statement))}\n`)
    return site.perform(command, signedWith({ type, body, said }, privateKey) as I)
  })
  tellAlreadySo(context, done)
  return done
}

/** What is signed says what was asked for, whatever the server hands out. @throws Refusal `statement.other` */
function assertAsked(found: Readonly<Record<string, unknown>>, asked: object): void {
  for (const [key, value] of Object.entries(asked)) {
    if (value === undefined) continue
    // A file may be named by the beginning of its digest.
    const isSaid = key === 'artifact' ? String(found[key]).startsWith(String(value)) : found[key] === value
    if (!isSaid) throw refuse('statement.other', { key, found: String(found[key]), asked: String(value) })
  }
}
