/** Who acts where a folder is opened directly: the user of the operating system that owns it. */
import { statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { refuse } from '../../schemas/kernel/fault.ts'
import { nameProblem } from '../../schemas/kernel/name.ts'
import type { Subject } from '../../schemas/role.ts'

/** The owner of a folder, by its path, in the name of this process's user. @throws Refusal `access.not-owner` */
export function ownerOf(folder: string): Subject {
  const user = userName()
  const uid = process.geteuid?.()
  const owner = uid === undefined ? uid : nearestOwner(folder)
  // The superuser may open any folder, and is named as who he is.
  if (uid !== owner && uid !== 0)
    throw refuse('access.not-owner', { folder, owner: String(owner), user: `${user} (${uid})` })
  return { name: user, roles: ['owner'] }
}

/** Who owns a folder, or that in which it will be made. */
function nearestOwner(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  const parent = dirname(path)
  return stats !== undefined || parent === path ? stats?.uid : nearestOwner(parent)
}

/** In a container a user may have a number and no name. */
function userName(): string {
  const number = `user-${process.geteuid?.() ?? 'unknown'}`
  try {
    const { username } = userInfo()
    return nameProblem(username) === null ? username : number
  } catch {
    return number
  }
}
