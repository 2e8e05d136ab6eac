/** Opens what a command works on, and closes it whatever happens. */
import { type Archive, openArchive } from '../archive.ts'
import type { Platform } from '../platform.ts'
import type { Context } from './context.ts'
import { readingBounds, withinBounds } from './watched.ts'

/**
 * For commands that change something: the one writer, up to date; what was done is sealed at the end.
 * @throws Refusal `access.not-owner` for somebody else's folder, before anything in it is touched
 */
export async function withPlatform<T>(
  context: Context,
  work: (platform: Platform) => Promise<T>,
): Promise<T> {
  context.subject()
  // Reading needs none of it, and most commands read.
  const [{ openPlatform }, { seal }] = await Promise.all([import('../platform.ts'), import('../sealing.ts')])
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

/** For commands that only read: any number of them, beside a writer, within the bounds of `watched.ts`. */
export async function withArchive<T>(
  context: Context,
  work: (archive: Archive, alive: () => void) => Promise<T>,
): Promise<T> {
  return withinBounds(context, readingBounds(), async (alive) => {
    const archive = openArchive(context.folder, alive)
    try {
      return await work(archive, alive)
    } finally {
      await archive.close()
    }
  })
}
