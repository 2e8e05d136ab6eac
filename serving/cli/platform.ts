/** Opens what a command works on, and closes it whatever happens. */
import { NO_STORE } from '../../projections/store.ts'
import { namedFault } from '../named.ts'
import { type Archive, openArchive, openPlatform, type Platform } from '../platform.ts'
import { seal } from '../sealing.ts'
import { warn } from '../warn.ts'
import type { Context } from './context.ts'

/**
 * For commands that change something: the one writer, up to date; what was done is sealed at the end.
 * @throws Refusal `access.not-owner` for somebody else's folder, before anything in it is touched
 */
export async function withPlatform<T>(
  context: Context,
  work: (platform: Platform) => Promise<T>,
): Promise<T> {
  context.subject()
  const platform = await openPlatform({ path: context.folder })
  try {
    const done = await work(platform)
    await platform.views.catchUp()
    await seal(platform)
    return done
  } finally {
    await platform.close()
  }
}

/** For commands that only read: any number of them, beside a writer. */
export async function withArchive<T>(context: Context, work: (archive: Archive) => Promise<T>): Promise<T> {
  const archive = openArchive(context.folder)
  try {
    return await work(archive).catch(async (error) => {
      if (namedFault(error) !== null || archive.states === NO_STORE) throw error
      // It may be what is stored of the views, whatever its digest says: what the log says is shown.
      const done = await work({ ...archive, states: NO_STORE })
      warn(
        `${archive.folder.projections} cannot be used: views are folded from the log. asof rebuild mends it.`,
      )
      return done
    })
  } finally {
    await archive.close()
  }
}
