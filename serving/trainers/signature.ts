/** Whether a commit's signature holds, by git and ssh-keygen, against the file of allowed signers and nothing else. */
import { readFile } from 'node:fs/promises'
import type { CommitRef } from '../../schemas/events/experiment.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'

export type Signature = Readonly<{
  status: CommitRef['signature']
  /** Whose it is, as the file names him, and the fingerprint of the key; null where it does not hold. */
  signer: string | null
  key: string | null
  /** SHA-256 of the file of allowed signers. */
  allowedSigners: string | null
  /** Why it does not count. */
  problem: string | null
}>

type Git = (...args: readonly string[]) => Promise<Buffer>

/** @param allowedSigners the file with the keys that count; null where none is configured */
export async function signatureIn({
  git,
  sha,
  allowedSigners,
}: Readonly<{ git: Git; sha: string; allowedSigners: string | null }>): Promise<Signature> {
  const none = { signer: null, key: null, allowedSigners: null }
  const headers = String(await git('cat-file', 'commit', sha)).split('\n\n', 1)[0]
  const [, form] = /^gpgsig(?:-sha256)? -----BEGIN ([A-Z ]+)-----$/m.exec(headers) ?? []
  if (form === undefined) return { ...none, status: 'unsigned', problem: 'the commit is not signed' }
  if (form !== 'SSH SIGNATURE')
    return {
      ...none,
      status: 'unchecked',
      problem: `it is a ${form}, and SSH signatures alone are checked (gpg.format=ssh)`,
    }
  if (allowedSigners === null)
    return {
      ...none,
      status: 'unchecked',
      problem: 'asof.yaml names no file of allowed signers (training.allowedSigners)',
    }
  const file = await readFile(allowedSigners).catch(() => null)
  if (file === null)
    return {
      ...none,
      status: 'unchecked',
      problem: `the file of allowed signers ${allowedSigners} cannot be read`,
    }
  const against = { ...none, allowedSigners: sha256(file) }
  const settings = ['-c', 'gpg.ssh.program=ssh-keygen', '-c', `gpg.ssh.allowedSignersFile=${allowedSigners}`]
  const told = String(
    await git(...settings, 'log', '-1', '--no-show-signature', '--format=%G?%x00%GS%x00%GF', sha),
  ).trim()
  const [verdict, signer = '', key = ''] = told.split('\0')
  if (verdict === 'G') return { ...against, status: 'verified', signer, key, problem: null }
  return { ...against, status: 'unchecked', problem: PROBLEMS[verdict] ?? `git says ${verdict}` }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  B: 'the signature is not of this commit',
  U: 'it is signed with a key that is not among the allowed signers',
  E: 'the signature cannot be checked (is ssh-keygen there?)',
  N: 'the signature cannot be read',
}
