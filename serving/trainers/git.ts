/** A commit, fetched by git into a temporary repository of the platform's own, whose configuration nobody else writes. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { refuse } from '../../schemas/kernel/fault.ts'
import { type Signature, signatureIn } from './signature.ts'

const run = promisify(execFile)
const MOST_CODE_BYTES = 64 * 2 ** 20
const PATIENCE_MILLIS = 120_000

/** What a user may have set, and would change the bytes of an archive. */
const SAME_BYTES = [
  'tar.umask=0002',
  'core.autocrlf=false',
  'core.eol=lf',
  'core.attributesFile=/dev/null',
].flatMap((setting) => ['-c', setting])

/** Whoever starts the platform from a hook of git has these, and they are of another repository. */
const NOT_OURS = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_QUARANTINE_PATH: undefined,
}

export type Commit = Readonly<{
  sha: string
  signature: Signature
  /** Its files, as a tar: the same commit makes the same bytes. */
  archive: Buffer
  /** A file of it; null where it has none of this path. */
  file: (path: string) => Buffer | null
}>

type Wanted = Readonly<{
  repository: string
  /** A folder, or what git fetches from. */
  place: string
  /** A branch, a tag or a commit. */
  commit: string
  /** Files that are asked for. */
  files: readonly string[]
  /** The file with the keys that count; null where none is configured. */
  allowedSigners: string | null
}>

/** @throws Refusal `trainer.unreadable-commit`, `trainer.too-large` */
export async function readCommit({
  repository,
  place,
  commit,
  files,
  allowedSigners,
}: Wanted): Promise<Commit> {
  const folder = await mkdtemp(join(tmpdir(), 'asof-commit-'))
  const git = async (...args: readonly string[]): Promise<Buffer> => {
    // An object that another one stands for in the repository is not what was signed.
    const settings = [
      '--no-replace-objects',
      '-c',
      'protocol.ext.allow=never',
      '-c',
      'core.hooksPath=/dev/null',
      ...SAME_BYTES,
    ]
    const { stdout } = await run('git', [...settings, '-C', folder, ...args], {
      encoding: 'buffer',
      maxBuffer: MOST_CODE_BYTES * 2,
      timeout: PATIENCE_MILLIS,
      env: {
        ...process.env,
        GIT_TERMINAL_PROMPT: '0',
        ...NOT_OURS,
        LC_ALL: 'C',
      },
    })
    return stdout
  }
  try {
    await git('init', '--quiet', '--bare')
    await git('fetch', '--quiet', '--depth=1', '--no-tags', '--', place, commit)
    const sha = String(await git('rev-parse', '--verify', 'FETCH_HEAD^{commit}')).trim()
    const archive = await git('archive', '--format=tar', sha)
    if (archive.length > MOST_CODE_BYTES)
      throw refuse('trainer.too-large', { commit: sha, bytes: archive.length, most: MOST_CODE_BYTES })
    const found = new Map<string, Buffer>()
    for (const path of files) {
      const bytes = await git('cat-file', 'blob', `${sha}:${path}`).catch(() => null)
      if (bytes !== null) found.set(path, bytes)
    }
    const signature = await signatureIn({ git, sha, allowedSigners })
    return { sha, signature, archive, file: (path) => found.get(path) ?? null }
  } catch (error) {
    if (isProcessError(error))
      throw refuse('trainer.unreadable-commit', { repository, commit, problem: problemOf(error) })
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type ProcessError = Error & Readonly<{ stderr?: Buffer | string; code?: unknown; killed?: boolean }>

const isProcessError = (error: unknown): error is ProcessError =>
  error instanceof Error && ('stderr' in error || 'syscall' in error)

/** Not the error's own message: that has the address of the repository, which may have a password in it. */
function problemOf({ stderr = '', code, killed }: ProcessError): string {
  if (code === 'ENOENT') return 'this machine has no git'
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return `its files have more than ${MOST_CODE_BYTES * 2} bytes, and at most ${MOST_CODE_BYTES} are read`
  const told = String(stderr).trim().split('\n').at(-1) ?? ''
  if (told !== '') return told
  return killed === true
    ? `git was at it for more than ${PATIENCE_MILLIS / 1_000} seconds`
    : `git ended with ${String(code)}`
}
