/** Gives a command to the server that runs over the folder, and acts by itself where none does: the same either way. */
import type { CommandDefinition, Done } from '../commands/definition.ts'
import { perform } from '../commands/perform.ts'
import { type Address, runningServer } from '../running.ts'
import type { Context } from './context.ts'
import { withPlatform } from './platform.ts'
import { ask } from './remote.ts'

export async function performed<I, A, Q>(
  context: Context,
  command: CommandDefinition<I, A, Q>,
  input: I,
): Promise<Done<A>> {
  const server = await runningServer(context.folder)
  if (server !== null) return sent(server, command, input)
  const asked = { actor: context.actor }
  return withPlatform(context, (platform) => perform(platform, command, { input, asked }))
}

async function sent<I, A, Q>(
  server: Address,
  { name }: CommandDefinition<I, A, Q>,
  input: I,
): Promise<Done<A>> {
  const { body } = await ask(server, { method: 'POST', path: `/api/v1/commands/${name}`, json: input })
  const { outcome, ...done } = body as Done<A> & { outcome: 'done' | 'already so' }
  return { ...done, changed: outcome === 'done' }
}
