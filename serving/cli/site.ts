/** Where commands go: to the server that runs over the folder, or, where none does, to the folder itself. The same either way. */
import { ingest } from '../commands/data.ts'
import type { CommandDefinition, Done } from '../commands/definition.ts'
import { inputOf, perform } from '../commands/perform.ts'
import { folderAt } from '../folder.ts'
import type { Platform } from '../platform.ts'
import { runningServer } from '../running.ts'
import type { Context } from './context.ts'
import { withPlatform } from './platform.ts'
import { remoteSite } from './remote-site.ts'
import type { Heard, Site } from './site-port.ts'

/** @param heard who is told how far long work is */
export async function withSite<T>(
  context: Context,
  use: (site: Site) => Promise<T>,
  heard: Heard = {},
): Promise<T> {
  const server = await runningServer(context.folder)
  if (server === null) return withPlatform(context, (platform) => use(localSite(platform, context, heard)))
  return use(remoteSite({ ...server, folder: folderAt(context.folder) }, heard))
}

/** One command, and its answer. */
export async function performed<I, A, Q>(
  context: Context,
  command: CommandDefinition<I, A, Q>,
  { input, ...heard }: Readonly<{ input: I }> & Heard,
): Promise<Done<A>> {
  const done = await withSite(context, (site) => site.perform(command, input), heard)
  tellAlreadySo(context, done)
  return done
}

/** Beside the answer, which is the same as the first time. */
export function tellAlreadySo({ json }: Context, { changed, position }: Done<unknown>): void {
  if (!changed && !json) process.stderr.write(`Already so: log position ${position}.\n`)
}

const localSite = (platform: Platform, context: Context, heard: Heard): Site => ({
  perform(command, input) {
    const { name: actor, roles } = context.subject()
    return perform(platform, command, { input, asked: { actor, roles, ...heard } })
  },
  async prepare({ name, prepare }, question) {
    if (prepare === null) throw new Error(`nothing is signed for ${name}`)
    return prepare.of(platform, inputOf(name, prepare.input, question))
  },
  ingest: (path, spec) => ingest(platform, { path, spec }, { actor: context.actor }),
})
