/** A repository with a trainer in it, as a researcher has it: signed with an SSH key, or not. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export type Repository = Readonly<{
  place: string
  /** The file of allowed signers, with the first key in it alone. */
  allowedSigners: string
  /** Commits files. @param key whose signature it gets; none unless it is given */
  commit: (files: Readonly<Record<string, string | Uint8Array>>, key?: string) => string
  /** A new key, which is not among the allowed ones. */
  key: (name: string) => string
  /** The key that is allowed. */
  own: string
  remove: () => void
}>

/** One that goes with the test. */
export function repository(): Repository {
  const made = repositoryIn()
  onTestFinished(made.remove)
  return made
}

export function repositoryIn(): Repository {
  const folder = mkdtempSync(join(tmpdir(), 'asof-repository-'))
  const place = join(folder, 'code')
  mkdirSync(place)
  const settings = [
    '-c',
    'user.name=ann',
    '-c',
    'user.email=ann@example.org',
    '-c',
    'gpg.format=ssh',
    '-c',
    'commit.gpgsign=false',
  ]
  const git = (...args: string[]) =>
    execFileSync('git', [...settings, '-C', place, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  const key = (name: string): string => {
    const path = join(folder, name)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path])
    return path
  }
  git('init', '--quiet', '--initial-branch=main')
  const own = key('ann')
  const allowedSigners = join(folder, 'allowed_signers')
  writeFileSync(allowedSigners, `ann@example.org ${readFileSync(`${own}.pub`, 'utf8')}`)
  return {
    ...{ place, allowedSigners, key, own },
    remove: () => rmSync(folder, { recursive: true, force: true }),
    commit(files, signing) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(place, path)), { recursive: true })
        writeFileSync(join(place, path), content)
      }
      git('add', '--all')
      const signed = signing === undefined ? [] : ['-c', `user.signingkey=${signing}.pub`]
      git(...signed, 'commit', '--quiet', ...(signing === undefined ? [] : ['-S']), '--message', 'a trainer')
      return git('rev-parse', 'HEAD')
    },
  }
}
