/** The commands in their groups. A group's module is loaded when one of its commands is asked for, all of them for help. */
import type { Command } from 'commander'

type Group = Readonly<{
  /** What its module adds, in this order. */
  commands: readonly string[]
  load: () => Promise<(program: Command) => void>
}>

/** In the order in which help shows them. */
export const GROUPS: readonly Group[] = [
  { commands: ['up', 'sample'], load: async () => (await import('./serve.ts')).addServe },
  { commands: ['serve'], load: async () => (await import('./replicas.ts')).addReplicas },
  {
    commands: ['ingest', 'dataset', 'rejects', 'rows'],
    load: async () => (await import('./data.ts')).addData,
  },
  { commands: ['features'], load: async () => (await import('./features.ts')).addFeatures },
  { commands: ['train', 'validate'], load: async () => (await import('./research.ts')).addResearch },
  { commands: ['predictions', 'predict'], load: async () => (await import('./predict.ts')).addPredict },
  { commands: ['shadow', 'challengers'], load: async () => (await import('./shadow.ts')).addShadow },
  { commands: ['artifact'], load: async () => (await import('./artifact.ts')).addArtifact },
  { commands: ['export'], load: async () => (await import('./export.ts')).addExport },
  { commands: ['trials', 'report'], load: async () => (await import('./trials.ts')).addTrials },
  {
    commands: ['trainer', 'runs', 'compare', 'reproduce'],
    load: async () => (await import('./runs.ts')).addRuns,
  },
  { commands: ['manifest'], load: async () => (await import('./manifest.ts')).addManifest },
  { commands: ['retire'], load: async () => (await import('./retire.ts')).addRetire },
  { commands: ['costs'], load: async () => (await import('./costs.ts')).addCosts },
  { commands: ['alert', 'alarms'], load: async () => (await import('./alert.ts')).addAlert },
  { commands: ['claim'], load: async () => (await import('./claim.ts')).addClaim },
  {
    commands: [
      ...['keygen', 'policy', 'sign-policy', 'approve', 'promote', 'roll-back', 'open-holdout', 'review'],
    ],
    load: async () => (await import('./governance.ts')).addGovernance,
  },
  {
    commands: ['raise', 'halt', 'unhalt', 'capital'],
    load: async () => (await import('./capital.ts')).addCapital,
  },
  {
    commands: ['link', 'token', 'access-policy', 'sign-access-policy'],
    load: async () => (await import('./access.ts')).addAccess,
  },
  { commands: ['access'], load: async () => (await import('./grants.ts')).addGrants },
  { commands: ['at', 'log'], load: async () => (await import('./history.ts')).addHistory },
  { commands: ['lineage'], load: async () => (await import('./lineage.ts')).addLineage },
  { commands: ['openlineage'], load: async () => (await import('./openlineage.ts')).addOpenlineage },
  {
    commands: ['verify', 'checkpoint', 'rotate-key', 'confirm', 'replay', 'rebuild'],
    load: async () => (await import('./proof.ts')).addProof,
  },
  { commands: ['backup', 'backups', 'restore'], load: async () => (await import('./backup.ts')).addBackup },
  { commands: ['witness'], load: async () => (await import('./witness.ts')).addWitness },
  { commands: ['execution'], load: async () => (await import('./execution.ts')).addExecution },
  { commands: ['offsets'], load: async () => (await import('./offsets.ts')).addOffsets },
  { commands: ['online'], load: async () => (await import('./online.ts')).addOnline },
  { commands: ['quarantine'], load: async () => (await import('./quarantine.ts')).addQuarantine },
  { commands: ['do', 'work', 'cancel'], load: async () => (await import('./work.ts')).addWork },
]

/** The groups that are needed for what was typed: the one with that command; all of them for help, and for a word that is none. */
export function groupsFor(word: string | undefined): readonly Group[] {
  const its = GROUPS.filter(({ commands }) => commands.includes(word ?? ''))
  return its.length > 0 ? its : GROUPS
}
