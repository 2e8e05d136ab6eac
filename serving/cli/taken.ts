/** What the command line takes of what is guarded: where a server runs, it is recorded there before, and refused where that refuses. */
import type { Jewel } from '../../schemas/jewel.ts'
import { isConfigured } from '../access/loopback.ts'
import { accessTake } from '../commands/grant.ts'
import { readConfig } from '../config.ts'
import { folderAt } from '../folder.ts'
import { runningServer } from '../running.ts'
import type { Context } from './context.ts'
import { remoteSite } from './remote-site.ts'

/**
 * Where nothing runs, whoever reads a folder owns it, and nobody is there who could record it; where nothing is configured, nobody but
 * the owner gets in.
 * @throws Refusal `grant.none`, `grant.spent`, for whoever the token of this side stands for
 */
export async function recordTaken(
  context: Pick<Context, 'folder'>,
  item: Jewel,
  door: string,
): Promise<void> {
  const server = await runningServer(context.folder)
  const folder = folderAt(context.folder)
  if (server === null || !isConfigured(await readConfig(folder, process.env))) return
  await remoteSite({ ...server, folder }, {}).perform(accessTake, { item, door })
}
