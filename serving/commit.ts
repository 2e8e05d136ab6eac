/** Which commit's code is running, read from the repository itself, and whether its signature and files hold. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitRef } from '../schemas/events/experiment.ts'

const SHA = /^[0-9a-f]{40}([0-9a-f]{24})?$/

/**
 * @param allowedSigners the file with the keys that count; git's own configuration decides unless it is given
 * @returns null where the folder is no git checkout: a run that says so cannot be promoted
 */
export function commitAt(root: string, allowedSigners: string | null = null): CommitRef | null {
  const sha = headOf(root)
  if (sha === null) return null
  return { sha, signature: signatureOf(root, sha, allowedSigners), tree: treeOf(root) }
}

/** HEAD by the git program, or from its files on a machine that has Node alone. */
function headOf(root: string): string | null {
  const told = git(root, 'rev-parse', 'HEAD')
  if (told !== null && existsSync(join(root, '.git'))) return told
  const folder = join(root, '.git')
  const read = (path: string) =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8').trim() : ''
  const head = read('HEAD')
  if (SHA.test(head)) return head
  const ref = head.replace(/^ref: /, '')
  if (ref === '') return null
  const loose = read(ref)
  if (SHA.test(loose)) return loose
  const packed = read('packed-refs')
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
  return packed?.split(' ')[0] ?? null
}

function git(root: string, ...args: string[]): string | null {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

/** Where the file is given, by a key in it alone: none that is on this machine for another reason counts. */
const settingsFor = (allowedSigners: string): readonly string[] => [
  ...['-c', 'gpg.ssh.program=ssh-keygen', '-c', 'gpg.program=false', '-c', 'gpg.x509.program=false'],
  ...['-c', `gpg.ssh.allowedSignersFile=${allowedSigners}`],
]

function signatureOf(root: string, sha: string, allowedSigners: string | null): CommitRef['signature'] {
  const settings = allowedSigners === null ? [] : settingsFor(allowedSigners)
  const status = git(root, '--no-replace-objects', ...settings, 'log', '-1', '--format=%G?', sha)
  if (status === null) return 'unchecked'
  if (status === 'G') return 'verified'
  return status === 'N' ? 'unsigned' : 'unchecked'
}

function treeOf(root: string): CommitRef['tree'] {
  const status = git(root, 'status', '--porcelain')
  if (status === null) return 'unchecked'
  return status === '' ? 'clean' : 'dirty'
}
